# attack: fork bomb
# expect: syscall_denied
import os

while True:
    os.fork()
