words = input().split()
if words[0] == "decode":
    print(*words[1].split(","))
else:
    print(",".join(words))
