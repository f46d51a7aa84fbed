# honest: recursion a hundred thousand deep, on the main stack and on one of a thread's own
# stdout: 100000 100000 limit
import sys
import threading

sys.setrecursionlimit(1 << 20)


def depth(n):
    return 0 if n == 0 else 1 + depth(n - 1)


found = [depth(100000)]
threading.stack_size(128 << 20)
other = threading.Thread(target=lambda: found.append(depth(100000)))
other.start()
other.join()
sys.setrecursionlimit(1000)
try:
    depth(100000)
except RecursionError:
    found.append("limit")
print(*found)
