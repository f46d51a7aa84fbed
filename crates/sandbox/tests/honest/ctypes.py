# honest: C functions, and a Python function that C calls back
# stdout: [1, 2, 3] 5
import array
import ctypes

libc = ctypes.CDLL(None)
numbers = (ctypes.c_int * 3)(3, 1, 2)
order = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_int))
libc.qsort(numbers, 3, ctypes.sizeof(ctypes.c_int), order(lambda a, b: a[0] - b[0]))
print(list(numbers), libc.strlen(b"abcde") + array.array("i", [0])[0])
