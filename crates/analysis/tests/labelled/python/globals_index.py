# finds: process
import os
name = 'os'
print(globals()['__builtins__'].__import__('os').system('ls'))
