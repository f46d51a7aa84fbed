# finds: process
import os
os.system('ls')
