# attack: becomes a daemon, to survive the end of the run
# expect: syscall_denied
# stopped-by: seccomp, namespaces, cgroups
import os, time

if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(60)
