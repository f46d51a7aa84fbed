import ctypes
print(ctypes.CDLL(None).abs(-5), ctypes.sizeof(ctypes.c_long))
@ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)
def f(x): return x + 1
print(f(4))
