# A star of size k has 2k(k + 1) + 1 crates.
from math import isqrt

n = int(input())
print((isqrt(2 * n - 1) - 1) // 2)
