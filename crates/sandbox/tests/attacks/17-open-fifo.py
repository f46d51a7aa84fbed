# attack: opens a named pipe that nobody else opens
# expect: wall_time_exceeded | exited
# stopped-by: seccomp, supervisor
# stdout-lacks: GOT THROUGH
import os

os.mkfifo("/tmp/fifo")
open("/tmp/fifo").read()
