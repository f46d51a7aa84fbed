# attack: becomes a daemon, to survive the end of the run
# expect: exited
# stopped-by: seccomp, namespaces, cgroups
# exit: 0

# fork is answered with an error, because Python's library makes processes by the way (policy/python.toml).
import os, sys, time

try:
    child = os.fork()
except PermissionError:
    sys.exit(0)
print("GOT THROUGH", flush=True)
if child == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(60)
sys.exit(1)
