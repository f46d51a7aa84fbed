# attack: fork bomb
# expect: syscall_denied
# stopped-by: seccomp, cgroups
import os

while True:
    os.fork()
