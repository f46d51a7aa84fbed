# Too slow: Bellman-Ford, and it always goes through all n rounds.
import sys

n, m = map(int, sys.stdin.readline().split())
roads = [tuple(map(int, sys.stdin.readline().split())) for _ in range(m)]

time = [float("inf")] * (n + 1)
time[1] = 0
for _ in range(n):
    for u, v, w in roads:
        if time[u] + w < time[v]:
            time[v] = time[u] + w
print("unreachable" if time[n] == float("inf") else time[n])
