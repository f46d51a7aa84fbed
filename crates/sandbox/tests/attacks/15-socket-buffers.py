# attack: memory of the kernel: socket pairs that are as full as can be
# expect: exited | memory_exceeded | syscall_denied
# stopped-by: rlimits, seccomp, cgroups
# exit: 0
import ctypes

libc = ctypes.CDLL(None)
block, total = b"x" * (1 << 16), 0
while True:
    pair = (ctypes.c_int * 2)()
    if libc.socketpair(1, 1 | 2048, 0, pair):
        break
    while (done := libc.send(pair[0], block, len(block), 0)) > 0:
        total += done
if total > 512 << 20:
    print("GOT THROUGH")
    raise SystemExit(1)
