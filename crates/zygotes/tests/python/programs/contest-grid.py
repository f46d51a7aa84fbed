import sys
from collections import deque
n = 60
g = ["".join("#" if (i * j + i) % 7 == 3 else "." for j in range(n)) for i in range(n)]
q, s = deque([(0, 0, 0)]), {(0, 0)}
while q:
    x, y, k = q.popleft()
    for u, v in ((x+1,y),(x-1,y),(x,y+1),(x,y-1)):
        if 0 <= u < n and 0 <= v < n and g[u][v] == "." and (u, v) not in s: s.add((u, v)); q.append((u, v, k + 1))
print(len(s), k)
