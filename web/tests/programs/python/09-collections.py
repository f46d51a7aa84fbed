from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
import heapq, bisect, itertools, functools, operator
print(Counter("mississippi").most_common(2), deque([1, 2, 3], maxlen=2))
d = defaultdict(list)
d["a"].append(1)
print(d, list(OrderedDict(a=1)), namedtuple("P", "x y")(1, 2))
h = [5, 1, 4]
heapq.heapify(h)
print(heapq.heappop(h), bisect.bisect([1, 2, 2, 3], 2), list(itertools.combinations("abc", 2)))
print(functools.reduce(operator.mul, range(1, 20)), list(itertools.accumulate([1, 2, 3])))
