import sys
from math import fsum, sqrt

n, *values = map(float, sys.stdin.read().split())
mean = fsum(values) / n
deviation = sqrt(fsum((x - mean) ** 2 for x in values) / n)
print(f"{mean:.9f} {deviation:.9f}")
