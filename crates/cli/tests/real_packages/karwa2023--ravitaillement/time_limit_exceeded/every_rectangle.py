# Too slow: tries every rectangle, and looks at all of its zones.
n, m, k = map(int, input().split())
zones = [input().split() for _ in range(n)]
coaches = {input().strip() for _ in range(k)}

best = 0
for top in range(n):
    for bottom in range(top, n):
        for left in range(m):
            for right in range(left, m):
                names = (name for line in zones[top : bottom + 1] for name in line[left : right + 1])
                if sum(name in coaches for name in names) == (bottom - top + 1) * (right - left + 1):
                    best = max(best, (bottom - top + 1) * (right - left + 1))
print(best)
