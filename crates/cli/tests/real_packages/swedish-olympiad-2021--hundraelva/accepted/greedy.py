# Always pay with the largest note that still fits; for 1, 11, 111, ... this is optimal.
rest = int(input())

notes = 0
for digits in range(10, 0, -1):
    used, rest = divmod(rest, int("1" * digits))
    notes += used
print(notes)
