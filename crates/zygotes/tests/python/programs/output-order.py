import os, sys
print("one")
sys.stderr.write("two\n")
os.write(1, b"three\n")
print("four", flush=True)
os.write(2, b"five\n")
