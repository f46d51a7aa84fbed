w = [(i * 7 % 31 + 1, i * 13 % 47) for i in range(60)]
d = [0] * 1001
for a, b in w:
    for c in range(1000, a - 1, -1): d[c] = max(d[c], d[c - a] + b)
print(d[-1])
