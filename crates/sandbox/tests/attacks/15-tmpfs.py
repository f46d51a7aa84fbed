# attack: memory by files in every writable place, and the rest on the heap
# expect: memory_exceeded
# stopped-by: cgroups, filesystem
import os

def fill(path):
    try:
        with open(path, "wb", buffering=0) as file:
            for _ in range(95):
                file.write(b"x" * (1 << 20))
    except OSError as error:
        print(error)

fill("/tmp/a"), fill("/workspace/a"), fill("/dev/shm/b")
kept = bytearray(b"x") * (400 << 20)
print("GOT THROUGH")
