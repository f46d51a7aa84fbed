import sys
while True:
    sys.stdout.write(' ' * 4096)
