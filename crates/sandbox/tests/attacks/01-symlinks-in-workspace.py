# attack: symbolic links to a file of the host under every name that a host might write, chown or read in the workspace
# expect: exited
# stopped-by: filesystem
# exit: 0
# stdin: {canary}
import os, sys

canary = sys.stdin.readline().strip()
NAMES = ["solution", "stdout", "stderr", "stdin", "output", "result.json", "compile.log", "box", "solution.o",
         "main", "a.out", "meta", "run", "judgemessage.txt", "feedback", "..solution", "core", ".lock"]
os.remove("solution.py")
for name in NAMES + ["solution.py"]:
    os.symlink(canary, name)
    for act in (lambda: open(name, "a").write("owned"), lambda: os.chmod(name, 0o777), lambda: os.utime(name, (0, 0)),
                lambda: os.truncate(name, 0)):
        try:
            act()
        except OSError:
            continue
        print("GOT THROUGH: reached", canary, "by", name)
        sys.exit(1)
