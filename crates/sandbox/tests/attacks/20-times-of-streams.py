# attack: sets the times of its standard streams to now; where one is nothing, that is a device node of the host
# expect: Accepted
# stopped-by: jail, filesystem
# judge: aplusb
import os

a, b = map(int, input().split())
through = False
for fd in (0, 2):
    try:
        os.utime(fd)
        through = through or "pipe:" not in os.readlink(f"/proc/self/fd/{fd}")
    except OSError:
        pass
print("GOT THROUGH" if through else a + b)
