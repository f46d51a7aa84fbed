# finds: process
import os as o
o.system('ls')
