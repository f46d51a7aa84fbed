import sys
print(sys.maxsize, sys.getswitchinterval(), sys.get_int_max_str_digits(), sys.getfilesystemencoding(), sys.getdefaultencoding())
