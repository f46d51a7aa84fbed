import heapq, sys
rows = [list(map(int, l.split())) for l in sys.stdin]
g = {}
for a, b in rows: g.setdefault(a, []).append((b % 1009, a % 13)); g.setdefault(b % 1009, []).append((a, 5))
d, q = {}, [(0, 0)]
while q:
    c, v = heapq.heappop(q)
    if v in d: continue
    d[v] = c
    for w, e in g.get(v, []): heapq.heappush(q, (c + e, w))
print(len(d), sum(d.values()))
