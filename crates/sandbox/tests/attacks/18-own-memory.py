# attack: writes to its own memory by file, also where it is read-only, and to files of the root through it
# expect: exited
# stopped-by: landlock, kernel
# exit: 0
import os, sys

target = open("/usr/bin/python3", "rb").read(4096)
for line in open("/proc/self/maps"):
    fields = line.split()
    if len(fields) > 5 and fields[5].endswith("/python3") and fields[2] == "00000000":
        try:
            with open("/proc/self/mem", "r+b", buffering=0) as memory:
                memory.seek(int(fields[0].split("-")[0], 16) + 64)
                memory.write(b"owned")
        except OSError as error:
            print(error)
        break
if open("/usr/bin/python3", "rb").read(4096) != target:
    print("GOT THROUGH: the host's interpreter was changed")
    sys.exit(1)
