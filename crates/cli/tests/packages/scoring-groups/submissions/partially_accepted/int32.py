n = int(input())
print((n * n + 2**31) % 2**32 - 2**31)
