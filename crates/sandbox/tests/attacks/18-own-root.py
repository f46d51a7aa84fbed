# attack: climbs out by its own root, working folder and descriptors
# expect: exited
# stopped-by: filesystem
# exit: 0
import os, sys

NAMES = ("home", "root", "var", "sys", "boot", "work", "mnt", "media", "srv", "run", "sbin", "usr", "etc", "workspace", "dev", "proc", "tmp")

def seen(folder):
    return [name for name in NAMES if os.path.lexists(f"{folder}/{name}")]

here = seen("/")
for way in ("/proc/self/root", "/proc/self/root/..", "/proc/thread-self/root/../..", "/proc/self/cwd/../..", "/..", "/proc/self/task/%d/root" % os.getpid(),
            "/dev/fd/../root", "/proc/self/map_files/../root"):
    there = seen(way)
    if there and there != here:
        print("GOT THROUGH:", way, there)
        sys.exit(1)
if here != list(NAMES[-6:]):
    print("GOT THROUGH:", here)
    sys.exit(1)
top = os.open("/", os.O_PATH)
for _ in range(50):
    os.fchdir(top)
    os.chdir("..")
if seen(".") != here:
    print("GOT THROUGH: by working folder")
    sys.exit(1)
