# attack: looks for a setuid or setgid program, a file capability or a writable folder in the whole root
# expect: exited
# stopped-by: filesystem, identity
# exit: 0
import os, stat, sys

seen = 0
for folder, folders, names in os.walk("/"):
    if folder == "/":
        folders.remove("proc")
    for name in names + folders:
        path = os.path.join(folder, name)
        try:
            mode = os.lstat(path).st_mode
        except OSError:
            continue
        seen += 1
        if not stat.S_ISLNK(mode) and stat.S_ISREG(mode) and mode & (stat.S_ISUID | stat.S_ISGID):
            print("GOT THROUGH: setuid or setgid", path)
            sys.exit(1)
        if stat.S_ISBLK(mode) or stat.S_ISSOCK(mode):
            print("GOT THROUGH: block device or socket", path)
            sys.exit(1)
        if stat.S_ISCHR(mode) and path not in {"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"}:
            print("GOT THROUGH: device", path)
            sys.exit(1)
        if not path.startswith(("/workspace", "/tmp", "/dev/")) and not stat.S_ISLNK(mode) and os.access(path, os.W_OK):
            print("GOT THROUGH: writable", path)
            sys.exit(1)
print(seen)
status = dict(line.split(":\t") for line in open("/proc/self/status").read().splitlines() if ":\t" in line)
if status["NoNewPrivs"] != "1" or status["Seccomp"] != "2" or any(int(status[name], 16) for name in status if name.startswith("Cap")):
    print("GOT THROUGH:", status)
    sys.exit(1)
