# Wrong: a stretch needs at least one day, so the answer can be negative.
input()
best = ending_here = 0
for result in map(int, input().split()):
    ending_here = max(ending_here + result, 0)
    best = max(best, ending_here)
print(best)
