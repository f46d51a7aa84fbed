# attack: from the interpreter, by its C interface: one call each of those that only its policy could let pass
# expect: syscall_denied
# stopped-by: seccomp
# stdin: 41 2 1 0
# stdin: 53 2 1 0
# stdin: 101 0 0 0
# stdin: 165 0 0 0
# stdin: 272 268435456 0 0
# stdin: 321 0 0 0
# stdin: 248 0 0 0
# stdin: 56 268435473 0 0
# stdin: 57 0 0 0
# stdin: 46 1 0 0
# stdin: 16 0 21522 0
import ctypes

call = [int(word) for word in input().split()]
print("GOT THROUGH:", ctypes.CDLL(None).syscall(*map(ctypes.c_long, call)))
raise SystemExit(1)
