# finds: process
import os
getattr(os, 'sys' + 'tem')('ls')
