# Too slow: tries every stretch.
n = int(input())
results = list(map(int, input().split()))

best = results[0]
for first in range(n):
    total = 0
    for last in range(first, n):
        total += results[last]
        if total > best:
            best = total
print(best)
