# Wrong: uses up each bag before the next one is opened, the largest first.
k, wanted = map(int, input().split())
pots = 0
for bag in sorted(map(int, input().split()), reverse=True):
    people = min(bag, wanted)
    pots += -(-people // 10)
    wanted -= people
print(pots)
