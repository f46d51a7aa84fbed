# attack: recursion without end, with the interpreter's own limit lifted
# expect: signaled | memory_exceeded | exited
# stopped-by: rlimits, cgroups
# stdout-lacks: GOT THROUGH
import sys

sys.setrecursionlimit(1 << 30)

class Deep:
    def __repr__(self):
        return repr(self) + "."

repr(Deep())
