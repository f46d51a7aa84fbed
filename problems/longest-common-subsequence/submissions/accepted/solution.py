def common_letters(a, b):
    """row[j]: the most letters that can be kept of the part of a read so far and b[:j]."""
    row = [0] * (len(b) + 1)
    for x in a:
        previous, row = row, [0]
        kept = 0
        for y, above_left, above in zip(b, previous, previous[1:]):
            if x == y:
                kept = above_left + 1
            elif above > kept:
                kept = above
            row.append(kept)
    return row[-1]


print(common_letters(input().strip(), input().strip()))
