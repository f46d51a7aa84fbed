# attack: memory by small objects
# expect: memory_exceeded
# stopped-by: cgroups
kept = {}
while True:
    kept[len(kept)] = [kept]
