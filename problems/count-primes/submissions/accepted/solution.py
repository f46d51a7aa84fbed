import sys
from bisect import bisect_left, bisect_right
from itertools import compress


def primes_up_to(limit):
    """The sieve of Eratosthenes."""
    is_prime = bytearray([1]) * (limit + 1)
    is_prime[0:2] = b"\0\0"
    for p in range(2, int(limit**0.5) + 1):
        if is_prime[p]:
            multiples = range(p * p, limit + 1, p)
            is_prime[p * p :: p] = bytes(len(multiples))
    return list(compress(range(limit + 1), is_prime))


primes = primes_up_to(2_000_000)
q, *numbers = map(int, sys.stdin.read().split())
for a, b in zip(numbers[0::2], numbers[1::2]):
    print(bisect_right(primes, b) - bisect_left(primes, a))
