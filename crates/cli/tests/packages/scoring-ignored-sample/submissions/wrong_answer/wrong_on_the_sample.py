print(max(2, int(input())))
