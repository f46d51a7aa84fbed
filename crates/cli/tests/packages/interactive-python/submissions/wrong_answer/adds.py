for number in range(3):
    print(int(input()) + 1, flush=True)
