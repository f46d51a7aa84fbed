# finds: process
from os import *
system('ls')
