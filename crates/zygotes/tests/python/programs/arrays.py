from array import array
import struct
a = array("i", range(10))
print(a, a.itemsize, struct.pack("<IhQ", 1, 2, 3), memoryview(a)[2:4].tolist())
