x = bytearray(100 << 20)
print(1)
