# attack: memory, suddenly
# expect: memory_exceeded
kept = []
while True:
    kept.append(b"x" * (64 << 20))
