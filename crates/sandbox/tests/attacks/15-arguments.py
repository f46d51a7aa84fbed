# attack: memory of the kernel: arguments that are handed from one image to the next
# expect: exited | memory_exceeded | cpu_time_exceeded
# stopped-by: rlimits, cgroups, supervisor
# exit: 0
import os, sys

size = len(sys.argv) * 4
try:
    os.execv("/usr/bin/python3", ["python3", "solution.py"] + ["x" * 100000] * size)
except OSError:
    pass
