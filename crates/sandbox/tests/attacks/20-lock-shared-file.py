# attack: locks a library that all cells share, so that another run sees the lock
# expect: exited
# stopped-by: seccomp
# exit: 0
# at-once: 3
import fcntl, os, sys, time

kept = []
for path in ("/usr/lib/x86_64-linux-gnu/libc.so.6", os.__file__, "/usr/bin/python3"):
    kept.append(open(path))
    try:
        fcntl.flock(kept[-1], fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("GOT THROUGH: another run's lock on", path)
        sys.exit(1)
    except OSError:
        pass
time.sleep(2.5)
