# attack: machine code of its own, in memory that it makes executable
# expect: exited
# stopped-by: seccomp
# exit: 0
import ctypes

libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
FAILED = ctypes.c_void_p(-1).value
got = [libc.mmap(None, 4096, protection, 0x22, -1, 0) for protection in (4, 5, 6, 7)]
own = libc.mmap(None, 4096, 3, 0x22, -1, 0)
through = [where for where in got if where != FAILED]
through += [protection for protection in (4, 5, 6, 7) if libc.mprotect(own, 4096, protection) == 0]
if through:
    print("GOT THROUGH", through)
