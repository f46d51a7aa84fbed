# attack: opens a named pipe that nobody else opens
# expect: wall_time_exceeded | exited
# stdout-lacks: GOT THROUGH
import os

os.mkfifo("/tmp/fifo")
open("/tmp/fifo").read()
