# attack: makes processes in the ways that the library does not use by the way
# stdin: clone3
# stdin: posix_spawn
# stdin: system
# stdin: namespace
# expect: exited | syscall_denied
# stopped-by: seccomp, namespaces, cgroups
# exit: 0
import ctypes, os, sys

way = input()
libc = ctypes.CDLL(None)
python = "/usr/bin/python3"
if way == "clone3":
    through = libc.syscall(435, bytes(88), 88) >= 0
elif way == "posix_spawn":
    try:
        through = os.posix_spawn(python, [python, "-c", "pass"], {}) > 0
    except OSError:
        through = False
elif way == "system":
    through = os.system("true") == 0
else:
    through = libc.syscall(56, 0x10000011, 0, 0, 0, 0) >= 0
if through:
    print("GOT THROUGH")
    sys.exit(1)
