# Too large: keeps a table with an entry for every pair of towns.
import sys

n, m = map(int, sys.stdin.readline().split())
seconds = [[None] * (n + 1) for _ in range(n + 1)]
for _ in range(m):
    u, v, w = map(int, sys.stdin.readline().split())
    if seconds[u][v] is None or w < seconds[u][v]:
        seconds[u][v] = w

time = [float("inf")] * (n + 1)
time[1] = 0
waiting = set(range(1, n + 1))
while waiting:
    town = min(waiting, key=time.__getitem__)
    waiting.remove(town)
    for neighbour in waiting:
        if seconds[town][neighbour] is not None:
            time[neighbour] = min(time[neighbour], time[town] + seconds[town][neighbour])
print("unreachable" if time[n] == float("inf") else time[n])
