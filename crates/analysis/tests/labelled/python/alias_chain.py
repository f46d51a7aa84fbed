# finds: process
import os
a = os
b = a
c = b.system
c('ls')
