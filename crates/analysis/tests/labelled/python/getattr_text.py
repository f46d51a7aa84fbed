# finds: process
import os
getattr(os, 'system')('ls')
