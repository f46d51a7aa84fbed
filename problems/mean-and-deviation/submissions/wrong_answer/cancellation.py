# Wrong: "mean of the squares minus square of the mean" loses almost all its
# digits when the values are large and close to each other.
import sys
from math import sqrt

n, *values = map(float, sys.stdin.read().split())
mean = sum(values) / n
variance = sum(x * x for x in values) / n - mean * mean
print(f"{mean:.9f} {sqrt(max(variance, 0.0)):.9f}")
