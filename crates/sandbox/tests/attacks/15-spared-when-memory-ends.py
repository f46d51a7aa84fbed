# attack: has the kernel take others first when the machine runs out of memory
# expect: exited
# stopped-by: jail
# exit: 0
PATH = "/proc/self/oom_score_adj"
if open(PATH).read().strip() != "1000":
    print("GOT THROUGH: not the first to go")
try:
    open(PATH, "w").write("-1000")
    print("GOT THROUGH: the last to go")
except OSError:
    pass
