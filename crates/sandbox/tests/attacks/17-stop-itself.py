# attack: stops its whole process group
# expect: wall_time_exceeded
# stopped-by: supervisor
import os, signal

while True:
    os.kill(0, signal.SIGSTOP)
