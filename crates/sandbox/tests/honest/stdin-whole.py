# honest: ways to read a large standard input fast
# stdin: mmap
# stdin: read
# stdin: lines
# stdin: devstdin
# stdin: fd
# stdin: io
# stdin-numbers: 200000
# stdout: 19999900000
import io
import mmap
import os
import sys

way = os.read(0, 1)
while not way.endswith(b"\n"):
    way += os.read(0, 1)
way = way.decode().strip()
if way == "mmap":
    with mmap.mmap(0, 0, prot=mmap.PROT_READ) as view:
        text = view[:].split(b"\n", 1)[1]
elif way == "read":
    text = sys.stdin.buffer.read()
elif way == "lines":
    text = b"".join(line.encode() for line in sys.stdin)
elif way == "devstdin":
    # Opened anew, it begins at the beginning.
    text = open("/dev/stdin", "rb").read().split(b"\n", 1)[1]
elif way == "fd":
    text = open(0, "rb").read()
else:
    text = io.BytesIO(os.read(0, os.fstat(0).st_size)).getvalue()
print(sum(map(int, text.split())))
