# finds: file
import os
os.remove('x')
