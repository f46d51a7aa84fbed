# Too slow: adds one ring after the other.
n = int(input())
size = 0
crates = 1
while crates + 4 * (size + 1) <= n:
    size += 1
    crates += 4 * size
print(size)
