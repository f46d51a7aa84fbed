import sys


def island_sizes(land, width):
    """Takes island after island out of the set of land cells and yields their sizes."""
    while land:
        start = land.pop()
        shore = [start]
        size = 0
        while shore:
            cell = shore.pop()
            size += 1
            for neighbour in (cell - 1, cell + 1, cell - width, cell + width):
                if neighbour in land:
                    land.remove(neighbour)
                    shore.append(neighbour)
        yield size


rows, columns, *picture = sys.stdin.read().split()
# The cells are numbered line by line. An extra column of water at the end of
# each line keeps the ends of neighbouring lines apart.
cells = "".join(line + "." for line in picture)
land = {i for i, cell in enumerate(cells) if cell == "#"}
sizes = list(island_sizes(land, int(columns) + 1))
print(len(sizes), max(sizes, default=0))
