while True:
    print(2000, flush=True)
    input()
