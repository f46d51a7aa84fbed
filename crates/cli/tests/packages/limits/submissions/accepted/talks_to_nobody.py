import sys
sys.stderr.write('x' * (2 << 20))
print(1)
