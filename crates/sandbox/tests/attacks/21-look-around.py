# attack: looks for anything in its root that it does not need
# expect: exited
# stopped-by: filesystem
# exit: 0
import os, sys

# Of the engine: what makes Python fork itself is in letscode.
allowed = {"/": {"bin", "dev", "etc", "lib", "lib64", "proc", "tmp", "usr", "workspace"}, "/etc": {"passwd", "group"}, "/usr": {"bin", "lib", "lib64", "share"}, "/usr/share": {"zoneinfo"}, "/usr/bin": {"python3"},
           "/workspace": {"solution.py"}, "/tmp": set(), "/usr/lib": {"letscode", "locale", "x86_64-linux-gnu", "python3", "python3.11"}, "/usr/lib/python3": {"dist-packages"}, "/usr/lib/python3/dist-packages": {"sitecustomize.py"}, "/usr/lib/locale": {"C.utf8"}, "/usr/lib/letscode": {"zygote.py", "letscode_zygote.so"}}
for folder, names in allowed.items():
    try:
        extra = set(os.listdir(folder)) - names
    except PermissionError:
        continue
    if extra:
        print("GOT THROUGH:", folder, extra)
        sys.exit(1)
for path in ("/home", "/root", "/var", "/work", "/data", "/srv", "/opt", "/run", "/sys", "/usr/local", "/usr/include", "/etc/hostname", "/etc/hosts"):
    if os.path.lexists(path):
        print("GOT THROUGH:", path)
        sys.exit(1)
if "root:" in open("/etc/passwd").read():
    print("GOT THROUGH: the host's users")
    sys.exit(1)
