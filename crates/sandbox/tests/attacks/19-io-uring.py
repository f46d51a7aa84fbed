# attack: system calls by a ring that no filter sees
# expect: exited
# stopped-by: seccomp
# exit: 0
import ctypes, errno

libc = ctypes.CDLL(None, use_errno=True)
for number in (425, 426, 427):
    if libc.syscall(number, 8, ctypes.create_string_buffer(256), 0, 0, 0, 0) >= 0 or ctypes.get_errno() != errno.ENOSYS:
        print("GOT THROUGH", number, ctypes.get_errno())
        raise SystemExit(1)
