import sys
sys.setrecursionlimit(10 ** 6)
p = list(range(5000))
def find(x):
    if p[x] != x: p[x] = find(p[x])
    return p[x]
for i in range(4999): p[find(i)] = find((i * i + 1) % 5000)
print(len({find(i) for i in range(5000)}))
