# attack: every call that changes identity, also to the ids that the user namespace maps
# expect: exited
# stopped-by: seccomp, identity
# exit: 0
import os, sys

calls = [lambda n: os.setuid(n), lambda n: os.setgid(n), lambda n: os.setreuid(n, n), lambda n: os.setregid(n, n), lambda n: os.setresuid(n, n, n),
         lambda n: os.setresgid(n, n, n), lambda n: os.setgroups([n]), lambda n: os.seteuid(n), lambda n: os.chown("solution.py", n, n)]
for call in calls:
    for number in (0, 1, 65534, 1500000000):
        try:
            call(number)
        except OSError:
            continue
        print("GOT THROUGH", number)
        sys.exit(1)
if os.getresuid() != (1000, 1000, 1000):
    print("GOT THROUGH", os.getresuid())
    sys.exit(1)
