# attack: system calls by a ring that no filter sees
# expect: exited | syscall_denied
# stopped-by: seccomp
# exit: 0
# stdin: 425
# stdin: 426
# stdin: 427
import ctypes, errno

libc = ctypes.CDLL(None, use_errno=True)
number = int(input())
if libc.syscall(number, 8, ctypes.create_string_buffer(256), 0, 0, 0, 0) >= 0 or ctypes.get_errno() != errno.ENOSYS:
    print("GOT THROUGH", number, ctypes.get_errno())
    raise SystemExit(1)
