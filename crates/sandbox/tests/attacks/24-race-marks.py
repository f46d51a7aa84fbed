# attack: many runs at once leave marks and look for each other's
# expect: exited
# stopped-by: filesystem, namespaces
# exit: 0
# at-once: 8
import os, sys, time

own = os.urandom(8).hex()
for _ in range(20):
    for folder in ("/tmp", "/workspace", "/dev/shm", "/proc"):
        for name in os.listdir(folder):
            foreign = name.startswith("mark-") and name != "mark-" + own or folder == "/proc" and name not in (str(os.getpid()), "self", "thread-self")
            if foreign:
                print("GOT THROUGH:", folder, name)
                sys.exit(1)
    for folder in ("/tmp", "/workspace"):
        open(f"{folder}/mark-{own}", "w").write(own)
    time.sleep(0.02)
