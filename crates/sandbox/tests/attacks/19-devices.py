# attack: opens every device that a host may have, and makes new ones
# expect: exited
# stopped-by: filesystem, identity, seccomp
# exit: 0
import os, stat, sys

found = sorted(os.listdir("/dev"))
if set(found) - {"null", "zero", "full", "random", "urandom", "fd", "stdin", "stdout", "stderr", "shm"}:
    print("GOT THROUGH:", found)
    sys.exit(1)
for name in ("mem", "kmsg", "kvm", "tty", "ptmx", "pts/0", "console", "vda", "sda", "fuse", "net/tun", "loop-control", "vhost-vsock", "mapper/control", "uinput", "snd"):
    try:
        os.open("/dev/" + name, os.O_RDONLY)
    except OSError:
        continue
    print("GOT THROUGH:", name)
    sys.exit(1)
for folder in ("/tmp", "/workspace", "/dev", "/dev/shm"):
    for kind, number in ((stat.S_IFCHR, os.makedev(1, 1)), (stat.S_IFBLK, os.makedev(254, 0)), (stat.S_IFCHR, os.makedev(0, 0))):
        try:
            os.mknod(folder + "/node", kind | 0o666, number)
        except OSError:
            continue
        print("GOT THROUGH: made a node in", folder)
        sys.exit(1)
for name in ("null", "zero", "urandom"):
    for act in (os.remove, lambda path: os.chmod(path, 0), lambda path: os.rename(path, "/tmp/x"), lambda path: os.truncate(path, 0)):
        try:
            act("/dev/" + name)
        except OSError:
            continue
        print("GOT THROUGH: changed", name)
        sys.exit(1)
