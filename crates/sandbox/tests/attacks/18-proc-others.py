# attack: looks at every process but itself
# expect: exited
# stopped-by: filesystem, namespaces, identity
# exit: 0
import os

own = str(os.getpid())
for pid in ["1"] + [str(n) for n in range(2, 3000)] + os.listdir("/proc"):
    if pid in (own, "self", "thread-self"):
        continue
    for name in ("", "mem", "maps", "environ", "root", "cwd", "exe", "fd", "cmdline", "status", "stat", "ns/net", "task"):
        path = f"/proc/{pid}/{name}"
        if os.path.lexists(path):
            print("GOT THROUGH:", path)
            os._exit(1)
