# attack: sparse files of a terabyte in every writable place
# expect: exited
# stopped-by: rlimits
# exit: 0
import os, sys

for folder in ("/tmp", "/workspace", "/dev/shm"):
    fd = os.open(folder + "/x", os.O_CREAT | os.O_RDWR)
    for act in (lambda: os.ftruncate(fd, 1 << 40), lambda: os.posix_fallocate(fd, 0, 1 << 40), lambda: os.pwrite(fd, b"x", 1 << 40),
                lambda: os.truncate(folder + "/x", (1 << 63) - 1)):
        try:
            act()
        except OSError:
            continue
        print("GOT THROUGH:", folder)
        sys.exit(1)
