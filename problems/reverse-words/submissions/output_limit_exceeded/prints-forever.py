# Never stops printing: nothing makes the loop end.
n = int(input())
line = input()
while True:
    print(*reversed(line.split()), "and so on " * 200)
