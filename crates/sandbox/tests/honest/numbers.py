# honest: exact numbers, chance and order
# stdout: 0.1 5/6 [1, 2, 3] 120 3 6
import bisect
import heapq
import itertools
import math
import random
from collections import Counter, OrderedDict, defaultdict, deque
from decimal import Decimal, getcontext
from fractions import Fraction
from functools import lru_cache, reduce

getcontext().prec = 50
assert len(str(Decimal(2).sqrt())) == 51
heap = [3, 1, 2]
heapq.heapify(heap)
random.shuffle(heap)
assert 0 <= random.random() < 1 and random.SystemRandom().randint(1, 6) <= 6
heapq.heapify(heap)
assert bisect.bisect([1, 2, 3], 2) == 2 and deque([1, 2]).pop() == 2 and Counter("aab")["a"] == 2
assert OrderedDict(a=1)["a"] == 1 and defaultdict(int)["b"] == 0


@lru_cache(None)
def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


assert fibonacci(90) == 2880067194370816120 and math.gcd(12, 18) == 6
print(
    Decimal("0.3") - Decimal("0.2"),
    Fraction(1, 2) + Fraction(1, 3),
    [heapq.heappop(heap) for _ in range(3)],
    reduce(lambda a, b: a * b, range(1, 6)),
    len(list(itertools.combinations("abc", 2))),
    len(list(itertools.permutations("abc"))),
)
