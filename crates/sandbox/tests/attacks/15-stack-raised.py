# attack: lifts the limit of its stack, which programs may, and recurses without end
# expect: memory_exceeded | signaled | exited
# stopped-by: cgroups
# stdout-lacks: GOT THROUGH
import resource
import sys

resource.setrlimit(resource.RLIMIT_STACK, (resource.RLIM_INFINITY,) * 2)
sys.setrecursionlimit(1 << 30)


class Deep:
    def __repr__(self):
        return repr(self) + "."


repr(Deep())
