# attack: memory, suddenly
# expect: memory_exceeded
# stopped-by: cgroups
kept = []
while True:
    kept.append(b"x" * (64 << 20))
