# Too slow: goes through all possible results of the throws.
from itertools import product

n, s, k = map(int, input().split())
wins = sum(len(set(throws)) >= k for throws in product(range(s), repeat=n))
print(wins / s**n)
