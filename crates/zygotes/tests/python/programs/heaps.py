import heapq, bisect
h = []
for x in [5, 1, 4, 2]: heapq.heappush(h, (x, -x))
print([heapq.heappop(h) for _ in range(4)], heapq.nlargest(2, [3, 9, 4]), bisect.bisect([1, 3, 5], 3))
bisect.insort(h, 3); print(h)
