# attack: every file of /proc/self that takes a value: identity maps, OOM score, audit identity, priority
# expect: exited
# stopped-by: landlock, identity
# exit: 0
import sys

through = []
for name, text in {"uid_map": "0 0 1", "gid_map": "0 0 1", "projid_map": "0 0 1", "setgroups": "allow", "oom_score_adj": "-1000", "oom_adj": "-17",
                   "autogroup": "-20", "timens_offsets": "monotonic 1000 0", "attr/current": "unconfined", "attr/exec": "unconfined",
                   "environ": "x", "limits": "Max processes 9999 9999", "root": "x", "stack": "x", "syscall": "x"}.items():
    try:
        with open("/proc/self/" + name, "w") as file:
            file.write(text)
    except OSError:
        continue
    through.append(name)
if through:
    print("GOT THROUGH:", through)
    sys.exit(1)
