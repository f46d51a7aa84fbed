# attack: kills everybody
# expect: exited
# stopped-by: namespaces, identity
# exit: 0
import os, signal

# Whether that hits anybody is not told: the answer is the same where each has refused. Whoever is hit
# takes this run with it.
for number in (signal.SIGKILL, signal.SIGSTOP):
    try:
        os.kill(-1, number)
    except ProcessLookupError:
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
