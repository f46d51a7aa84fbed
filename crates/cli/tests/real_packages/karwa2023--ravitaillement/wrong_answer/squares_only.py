# Wrong: looks for the largest square.
n, m, k = map(int, input().split())
zones = [input().split() for _ in range(n)]
coaches = {input().strip() for _ in range(k)}

best = 0
above = [0] * (m + 1)
for line in zones:
    side = [0]
    for j, name in enumerate(line):
        side.append(min(above[j], above[j + 1], side[j]) + 1 if name in coaches else 0)
    best = max(best, max(side))
    above = side
print(best * best)
