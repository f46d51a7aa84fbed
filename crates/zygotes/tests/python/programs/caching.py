from functools import *
@lru_cache(None)
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
print(fib(300), fib.cache_info(), reduce(lambda a, b: a * b, range(1, 10)), partial(print, 1)())
@cache
def g(): return 1
print(g())
