# attack: thread bomb
# expect: exited
# stopped-by: cgroups
# exit: 0
import threading, time

count = 0
try:
    while count < 5000:
        threading.Thread(target=time.sleep, args=(0.5,), daemon=True).start()
        count += 1
except RuntimeError:
    pass
if count > 60:
    print("GOT THROUGH:", count)
    raise SystemExit(1)
