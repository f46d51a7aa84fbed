import sys
from heapq import heappop, heappush


def shortest(n, roads_from):
    """Dijkstra's algorithm from town 1 to town n."""
    best = {1: 0}
    queue = [(0, 1)]
    while queue:
        time, town = heappop(queue)
        if town == n:
            return time
        if time > best[town]:
            continue
        for neighbour, seconds in roads_from[town]:
            arrival = time + seconds
            if neighbour not in best or arrival < best[neighbour]:
                best[neighbour] = arrival
                heappush(queue, (arrival, neighbour))
    return "unreachable"


n, m = map(int, sys.stdin.readline().split())
roads_from = [[] for _ in range(n + 1)]
for _ in range(m):
    u, v, w = map(int, sys.stdin.readline().split())
    roads_from[u].append((v, w))
print(shortest(n, roads_from))
