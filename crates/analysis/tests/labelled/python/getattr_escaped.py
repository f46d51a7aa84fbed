# finds: process
import os
getattr(os, '\x73ystem')('ls')
