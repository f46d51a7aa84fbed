# Wrong: counts each kind of bracket for itself, so "([)]" looks balanced.
import sys

KINDS = ["()", "[]", "{}"]


def check(text):
    counts = [0, 0, 0]
    for position, bracket in enumerate(text, start=1):
        for kind, (opening, closing) in enumerate(KINDS):
            if bracket == opening:
                counts[kind] += 1
            elif bracket == closing:
                counts[kind] -= 1
                if counts[kind] < 0:
                    return position
    return "incomplete" if any(counts) else "ok"


t = int(sys.stdin.readline())
for _ in range(t):
    print(check(sys.stdin.readline().strip()))
