# attack: opens its namespaces as files, which a setns or an ioctl could use
# expect: syscall_denied
# stopped-by: seccomp
import ctypes, os

libc = ctypes.CDLL(None)
for name in os.listdir("/proc/self/ns"):
    fd = os.open("/proc/self/ns/" + name, os.O_RDONLY)
    print(name, "GOT THROUGH:", libc.setns(fd, 0))
raise SystemExit(1)
