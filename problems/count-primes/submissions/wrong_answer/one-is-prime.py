# Wrong: takes 1 for a prime.
import sys
from bisect import bisect_left, bisect_right

LIMIT = 2_000_000

is_prime = bytearray([1]) * (LIMIT + 1)
is_prime[0] = 0
for p in range(2, int(LIMIT**0.5) + 1):
    if is_prime[p]:
        is_prime[p * p :: p] = bytes(len(range(p * p, LIMIT + 1, p)))
primes = [x for x in range(LIMIT + 1) if is_prime[x]]

q, *numbers = map(int, sys.stdin.read().split())
for a, b in zip(numbers[0::2], numbers[1::2]):
    print(bisect_right(primes, b) - bisect_left(primes, a))
