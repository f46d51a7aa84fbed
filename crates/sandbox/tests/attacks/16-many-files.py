# attack: a million tiny files
# expect: exited | cpu_time_exceeded
# stopped-by: filesystem, supervisor
# exit: 0
import os

count = 0
for folder in ("/tmp", "/workspace", "/dev/shm"):
    try:
        for i in range(400000):
            os.close(os.open(f"{folder}/{i}", os.O_CREAT | os.O_EXCL | os.O_WRONLY))
            count += 1
    except OSError:
        pass
if count > 60000:
    print("GOT THROUGH:", count)
    raise SystemExit(1)
