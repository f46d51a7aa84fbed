# attack: memory by anonymous files
# expect: memory_exceeded
# stopped-by: cgroups
import os

kept = []
while True:
    kept.append(os.memfd_create("x"))
    for _ in range(32):
        os.write(kept[-1], b"x" * (1 << 20))
