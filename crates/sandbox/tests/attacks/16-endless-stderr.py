# attack: error output without end
# expect: cpu_time_exceeded | wall_time_exceeded
# stopped-by: supervisor
# within: 90
import sys

while True:
    sys.stderr.write("x" * 1000)
