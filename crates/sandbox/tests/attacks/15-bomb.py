# attack: a few bytes that unpack into gigabytes
# expect: memory_exceeded
# stopped-by: cgroups
import bz2, zlib

small = zlib.compress(bytes(64 << 20), 9)
print(len(small))
kept = []
while True:
    kept.append(bytearray(zlib.decompress(small)))
