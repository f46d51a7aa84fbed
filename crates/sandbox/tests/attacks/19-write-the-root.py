# attack: changes the root: folders, the interpreter, libraries, the user list
# expect: exited
# stopped-by: identity, filesystem, landlock
# exit: 0
import os, sys

for path in ("/", "/etc", "/usr", "/usr/bin", "/usr/lib/python3.11", "/dev", "/proc", "/lib64", "/lib"):
    try:
        open(path + "/letscode-attack-mark", "w")
    except OSError:
        continue
    print("GOT THROUGH: wrote into", path)
    sys.exit(1)
for path in ("/etc/passwd", "/usr/bin/python3", "/lib64/ld-linux-x86-64.so.2", os.__file__, "/etc"):
    for act in (lambda: os.open(path, os.O_WRONLY), lambda: os.open(path, os.O_RDWR), lambda: os.chmod(path, 0o777), lambda: os.remove(path), lambda: os.utime(path),
                lambda: os.rename(path, path + "x"), lambda: os.link(path, "/tmp/x"), lambda: os.truncate(path, 0)):
        try:
            act()
        except OSError:
            continue
        print("GOT THROUGH:", path)
        sys.exit(1)
