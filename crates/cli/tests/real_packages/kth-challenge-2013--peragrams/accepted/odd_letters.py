# At most one letter may occur an odd number of times.
from collections import Counter

odd = sum(count % 2 for count in Counter(input().strip()).values())
print(max(odd - 1, 0))
