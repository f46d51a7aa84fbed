try:
    while True:
        print(int(input()))
except EOFError:
    print("end")
