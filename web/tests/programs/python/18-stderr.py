import sys, os
print("to stdout")
print("to stderr", file=sys.stderr)
sys.stdout.write("no newline")
