# attack: error output without end
# expect: output_exceeded
import sys

while True:
    sys.stderr.write("x" * 1000)
