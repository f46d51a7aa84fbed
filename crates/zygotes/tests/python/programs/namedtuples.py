from collections import *
P = namedtuple("P", "x y")
print(P(1, 2), P(1, 2)._asdict(), Counter("abracadabra").most_common(2), OrderedDict(a=1), defaultdict(int, a=2), deque([1, 2, 3], 2), ChainMap({1: 2}, {3: 4}))
