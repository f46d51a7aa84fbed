import statistics, cmath
print(statistics.mean([1, 2, 4]), statistics.median([3, 1, 2]), cmath.sqrt(-1), (1 + 2j) * 3)
