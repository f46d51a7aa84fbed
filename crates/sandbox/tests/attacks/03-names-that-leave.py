# attack: file names with dots, newlines, control bytes, shell characters and absolute parts, meant for whoever lists or copies them
# expect: exited
# stopped-by: jail, filesystem
# exit: 0
import os

for name in [b"...", b"a\nb", b"$(touch letscode-attack-mark)", b"`id`", b"-rf", b"--help", b"\xff\xfe", b"a;b", b"\x1b[2J", b"*", b"~", b"x" * 255,
             b"\\..\\..\\letscode-attack-mark"]:
    open(name, "wb").close()
for name in ["../letscode-attack-mark", "/letscode-attack-mark", "../../../../var/tmp/letscode-attack-mark", "/run/lock/letscode-attack-mark",
             "/proc/self/root/../letscode-attack-mark", "/usr/letscode-attack-mark", "/etc/letscode-attack-mark", "/dev/letscode-attack-mark"]:
    try:
        open(name, "w").close()
    except OSError:
        continue
    print("GOT THROUGH: wrote", name)
    os._exit(1)
