# Wrong: in this list of cells the end of a line touches the start of the next one.
import sys

rows, columns, *picture = sys.stdin.read().split()
width = int(columns)
land = {i for i, cell in enumerate("".join(picture)) if cell == "#"}

sizes = [0]
while land:
    stack = [land.pop()]
    size = 0
    while stack:
        cell = stack.pop()
        size += 1
        for neighbour in (cell - 1, cell + 1, cell - width, cell + width):
            if neighbour in land:
                land.remove(neighbour)
                stack.append(neighbour)
    sizes.append(size)
print(len(sizes) - 1, max(sizes))
