# attack: looks for the service's secrets in its own and every other visible environment
# expect: exited
# stopped-by: jail, namespaces, filesystem
# exit: 0
import os, glob

allowed = {"PATH", "HOME", "TMPDIR", "LANG", "LC_CTYPE", "PYTHONDONTWRITEBYTECODE", "PYTHONINTMAXSTRDIGITS"}
if set(os.environ) - allowed:
    print("GOT THROUGH: ", set(os.environ) - allowed)
    os._exit(1)
for path in glob.glob("/proc/[0-9]*/environ") + ["/proc/self/environ", "/proc/1/environ"] + glob.glob("/proc/self/task/*/environ"):
    try:
        text = open(path, "rb").read()
    except OSError:
        continue
    print(path, text)
    names = {entry.split(b"=")[0].decode() for entry in text.split(b"\0") if entry}
    if names - allowed:
        print("GOT THROUGH: ", names - allowed)
        os._exit(1)
