k, wanted = map(int, input().split())
bags = list(map(int, input().split()))

pots = []
for bag in bags:
    full, rest = divmod(bag, 10)
    pots += [10] * full + [rest]
pots.sort(reverse=True)

used = 0
while wanted > 0:
    wanted -= pots[used]
    used += 1
print(used)
