# attack: the exit code of a helper that could not execute
# expect: exited
# stopped-by: judge
# exit: 127
import os

os.write(2, b'{"step":"Execute","detail":"forged"}')
os._exit(127)
