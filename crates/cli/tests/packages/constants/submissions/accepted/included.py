import given

print("{{greeting}}", given.LIMIT)
