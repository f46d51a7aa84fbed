# attack: asks to be told what other runs, and the host, read in the folders that all cells share
# expect: syscall_denied
# stopped-by: seccomp
# at-once: 2
import fcntl, os, signal, sys, time

heard = []
for number in (signal.SIGIO, signal.SIGRTMIN + 1):
    signal.signal(number, lambda *_: heard.append(1))
watched = []
for folder in ("/usr/lib/python3.11", "/usr/lib/python3.11/encodings", "/usr/lib/x86_64-linux-gnu"):
    fd = os.open(folder, os.O_RDONLY)
    try:
        fcntl.fcntl(fd, fcntl.F_SETSIG, signal.SIGRTMIN + 1)
        fcntl.fcntl(fd, fcntl.F_NOTIFY, fcntl.DN_ACCESS | fcntl.DN_MULTISHOT)
        watched.append(folder)
    except OSError:
        pass
end = time.monotonic() + 2
while watched and time.monotonic() < end:
    time.sleep(0.05)
if watched:
    print("GOT THROUGH: may watch", watched, "and heard of", len(heard), "readings by others")
    sys.exit(1)
