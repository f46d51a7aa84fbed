# finds: nothing
import os, sys
print(len(os.read(sys.stdin.fileno(), 1000)))
os.write(1, b'x')
