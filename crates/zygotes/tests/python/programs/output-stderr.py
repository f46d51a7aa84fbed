import sys
for i in range(1000):
    print(i, file=sys.stderr)
