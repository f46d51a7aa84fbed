import sys

OPENING = {")": "(", "]": "[", "}": "{"}


def check(text):
    still_open = []
    for position, bracket in enumerate(text, start=1):
        if bracket not in OPENING:
            still_open.append(bracket)
        elif not still_open or still_open.pop() != OPENING[bracket]:
            return position
    return "incomplete" if still_open else "ok"


t = int(sys.stdin.readline())
for _ in range(t):
    print(check(sys.stdin.readline().strip()))
