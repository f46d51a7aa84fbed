# attack: better priorities than its neighbours
# expect: exited | syscall_denied
# stopped-by: seccomp, identity
# exit: 0
import os, sys

for act in (lambda: os.nice(-1), lambda: os.setpriority(os.PRIO_PROCESS, 0, -20), lambda: os.setpriority(os.PRIO_PGRP, 0, -20),
            lambda: os.setpriority(os.PRIO_USER, 0, -20), lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)),
            lambda: os.sched_setscheduler(1, os.SCHED_RR, os.sched_param(99))):
    try:
        act()
    except OSError:
        continue
    print("GOT THROUGH")
    sys.exit(1)
