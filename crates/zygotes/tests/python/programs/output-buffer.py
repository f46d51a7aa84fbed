import sys
print("a")
sys.stdout.flush()
sys.stdout.buffer.write(b"b\n" * 100000)
