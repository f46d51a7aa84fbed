# Wrong: takes the way with the fewest roads, not the fastest one.
import sys
from collections import deque

n, m = map(int, sys.stdin.readline().split())
roads_from = [[] for _ in range(n + 1)]
for _ in range(m):
    u, v, w = map(int, sys.stdin.readline().split())
    roads_from[u].append((v, w))

time = [None] * (n + 1)
time[1] = 0
queue = deque([1])
while queue:
    town = queue.popleft()
    for neighbour, seconds in roads_from[town]:
        if time[neighbour] is None:
            time[neighbour] = time[town] + seconds
            queue.append(neighbour)
print("unreachable" if time[n] is None else time[n])
