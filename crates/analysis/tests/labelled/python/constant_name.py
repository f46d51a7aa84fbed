# finds: process
import os
NAME = 'sys' + 'tem'
getattr(os, NAME)('ls')
