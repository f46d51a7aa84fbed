words = input().split()
if words[0] == "decode":
    raise SystemExit(1)
print("x")
