# attack: memory by small objects
# expect: memory_exceeded
kept = {}
while True:
    kept[len(kept)] = [kept]
