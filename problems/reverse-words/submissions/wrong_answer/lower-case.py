# Wrong: the case of the words must be kept.
n = int(input())
for _ in range(n):
    print(*reversed(input().lower().split()))
