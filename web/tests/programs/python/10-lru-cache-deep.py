import sys
from functools import lru_cache
sys.setrecursionlimit(100000)


@lru_cache(maxsize=None)
def steps(n):
    return 0 if n == 0 else 1 + steps(n - 1)


print(steps(3000), steps.cache_info().misses)
