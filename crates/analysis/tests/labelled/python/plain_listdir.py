# finds: file
import os
print(os.listdir('.'))
