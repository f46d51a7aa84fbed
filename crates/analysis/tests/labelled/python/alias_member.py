# finds: process
from os import system as s
s('ls')
