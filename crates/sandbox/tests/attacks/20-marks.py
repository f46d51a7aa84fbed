# attack: leaves marks wherever it can, and looks for those of an earlier run
# expect: exited
# stopped-by: filesystem, namespaces
# exit: 0
# runs: 2
import os, sys

MARK = "letscode-attack-mark"
PLACES = ["/tmp", "/var/tmp", "/workspace", "/run/lock", "/run", "/var/lock", "/usr/tmp", "/home", "/root", "/dev/mqueue", "/etc", "/", "/usr/lib/python3.11",
          "/usr/lib/python3.11/__pycache__", "/proc/self", "/dev"]
shared = "/dev/shm/" + MARK
if os.path.lexists(shared):
    print("GOT THROUGH:", shared)
    sys.exit(1)
for place in PLACES:
    path = f"{place}/{MARK}"
    if os.path.lexists(path):
        print("GOT THROUGH:", path)
        sys.exit(1)
    try:
        open(path, "w").write("seen")
    except OSError:
        pass
try:
    open(shared, "w").write("seen")
except OSError:
    pass
