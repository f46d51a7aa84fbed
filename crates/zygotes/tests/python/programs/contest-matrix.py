n = 70
a = [[(i * j) % 10 for j in range(n)] for i in range(n)]
b = [*zip(*a)]
c = [[sum(x * y for x, y in zip(r, s)) for s in b] for r in a]
print(sum(map(sum, c)))
