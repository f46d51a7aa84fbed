# attack: the interpreter quotes a file of the host in a traceback
# expect: exited
# stopped-by: filesystem
# exit: 1
# stderr-lacks: root:
# stderr-lacks: daemon
import importlib.util, linecache, sys

for path in ("/etc/passwd", "/etc/shadow", "/proc/1/cmdline"):
    print(linecache.getlines(path))
try:
    compile(open("/etc/shadow").read(), "/etc/shadow", "exec")
except FileNotFoundError:
    pass
exec(compile(open("/etc/passwd").read(), "/etc/passwd", "exec"))
