# attack: kills everybody
# expect: exited
# stopped-by: namespaces, identity
# exit: 0
import os, signal

try:
    # Says that it went well also when nobody could be killed; who started us would not see us exit.
    os.kill(-1, signal.SIGKILL)
except (ProcessLookupError, PermissionError):
    pass
for pid in [1, 0x7FFFFFFF] + list(range(2, 5000)):
    if pid == os.getpid():
        continue
    for number in (signal.SIGKILL, signal.SIGSTOP, 0):
        try:
            os.kill(pid, number)
        except (ProcessLookupError, PermissionError):
            continue
        print("GOT THROUGH:", pid, number)
        os._exit(1)
