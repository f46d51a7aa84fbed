import sys
print(sys.flags, sys.hash_info)
