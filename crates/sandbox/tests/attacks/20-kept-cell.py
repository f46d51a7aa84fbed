# attack: leaves marks for its own next test, which may be run in the same cell
# expect: Accepted
# stopped-by: filesystem, jail
# judge: aplusb
import os, resource, signal, sys

a, b = map(int, input().split())
MARK = "letscode-attack-mark"
OURS = "/usr/lib/python3/dist-packages/sitecustomize.py"
found = [folder for folder in ("/tmp", "/workspace", ".", "/dev", "/dev/shm", "/run", "/var/tmp") if os.path.lexists(f"{folder}/{MARK}")]
found += [name for name in os.listdir("/workspace") if name != "solution.py"]
found += os.listdir("/tmp")
if signal.getitimer(signal.ITIMER_REAL) != (0, 0) or signal.sigpending() or signal.pthread_sigmask(signal.SIG_BLOCK, []):
    found.append("timers or signals")
if os.umask(0o777) == 0o777 or MARK in os.environ or any(sys.modules[name].__file__ != OURS for name in ("sitecustomize", "usercustomize") if name in sys.modules):
    found.append("umask, environment or modules")
if open("/proc/self/comm").read().strip() == "mark" or signal.getsignal(signal.SIGUSR2) != signal.SIG_DFL:
    found.append("what it said of itself")
usage = os.statvfs("/tmp")
if usage.f_bfree != usage.f_blocks:
    found.append("a part of the disk")
print("GOT THROUGH" if found else a + b)
sys.stdout.flush()
os.environ[MARK] = "1"
signal.setitimer(signal.ITIMER_REAL, 100)
signal.signal(signal.SIGUSR2, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))
os.kill(os.getpid(), signal.SIGUSR1)
for folder in ("/tmp", "/workspace", "/dev/shm", "/run", "/var/tmp", "/usr/lib/python3", "/usr/local/lib/python3.11/dist-packages"):
    for name in (MARK, "sitecustomize.py", "usercustomize.py", "solution.pyc", "os.py", "signal.py"):
        try:
            with open(f"{folder}/{name}", "w") as file:
                file.write("import sys; sys.stdout.write('GOT THROUGH')\n" if name.endswith(".py") else "x" * 1000)
        except OSError:
            pass
try:
    os.chmod("solution.py", 0o644)
    open("solution.py", "w").write("print('GOT THROUGH')\n")
except OSError:
    pass
for path in ("/proc/self/comm", "/proc/self/oom_score_adj"):
    try:
        open(path, "w").write("mark" if path.endswith("comm") else "1000")
    except OSError:
        pass
for folder in ("/tmp", "/workspace"):
    os.utime(folder, (1000, 1000))
    os.chmod(folder, 0)
