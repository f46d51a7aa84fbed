# Fails: the recursion gets deeper than Python allows.
from functools import lru_cache

a = input().strip()
b = input().strip()


@lru_cache(maxsize=None)
def kept(i, j):
    if i == len(a) or j == len(b):
        return 0
    if a[i] == b[j]:
        return kept(i + 1, j + 1) + 1
    return max(kept(i + 1, j), kept(i, j + 1))


print(kept(0, 0))
