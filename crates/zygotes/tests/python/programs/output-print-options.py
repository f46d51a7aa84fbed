print(1, 2, 3, sep="-", end="!\n")
print()
print(*range(5))
print("no newline", end="")
