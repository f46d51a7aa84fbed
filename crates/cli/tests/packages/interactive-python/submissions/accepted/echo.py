for number in range(3):
    print(input(), flush=True)
