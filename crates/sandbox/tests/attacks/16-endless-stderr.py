# attack: error output without end
# expect: output_exceeded
# stopped-by: supervisor
import sys

while True:
    sys.stderr.write("x" * 1000)
