# attack: looks for a shell or any other program to hand a command line to, and executes it in its own place
# expect: exited
# stopped-by: filesystem
# exit: 0
import os

for folder in ["/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/opt", "/snap/bin"]:
    for name in ["sh", "bash", "dash", "busybox", "env", "perl", "gcc", "sudo", "su", "mount", "ld", "node", "curl"]:
        path = f"{folder}/{name}"
        if os.path.exists(path):
            print("GOT THROUGH: there is", path)
            os._exit(1)
try:
    os.execv("/bin/sh", ["sh", "-c", "id"])
except FileNotFoundError:
    pass
