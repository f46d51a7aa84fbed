# finds: process
import os
print(os.popen('id').read())
