from given import twice
print(twice(int(input())))
