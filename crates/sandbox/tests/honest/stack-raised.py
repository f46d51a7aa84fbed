# honest: asks for all the stack that there is, as solutions with deep recursion do
# stdout: 100000
import resource
import sys

resource.setrlimit(resource.RLIMIT_STACK, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
sys.setrecursionlimit(1 << 20)


def depth(n):
    return 0 if n == 0 else 1 + depth(n - 1)


print(depth(100000))
