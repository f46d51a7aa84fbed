# attack: has the host forget files that everybody needs, so that they must be read from the disk again, at a limited rate
# expect: exited
# stopped-by: seccomp
# exit: 0
import os, time

def seconds(file):
    begun = time.perf_counter()
    os.lseek(file, 0, os.SEEK_SET)
    while os.read(file, 1 << 20):
        pass
    return time.perf_counter() - begun

FOLDER = "/usr/lib/x86_64-linux-gnu"
with os.scandir(FOLDER) as entries:
    files = sorted(one.path for one in entries if one.is_file(follow_symlinks=False) and 1 << 20 < one.stat().st_size < 4 << 20)
# What is mapped at this moment can't be forgotten, so several.
for path in files[:6]:
    file = os.open(path, os.O_RDONLY)
    seconds(file)
    at_hand = min(seconds(file) for _ in range(3))
    os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
    after = seconds(file)
    if after > 0.05 and after > 20 * at_hand:
        print("GOT THROUGH:", path, at_hand, after)
