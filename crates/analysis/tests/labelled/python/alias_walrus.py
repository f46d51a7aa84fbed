# finds: process
import os
if (s := os.system):
    s('ls')
