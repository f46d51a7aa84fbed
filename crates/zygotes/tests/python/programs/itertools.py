from itertools import *
print(list(permutations(range(3))), list(accumulate([1, 2, 3])), list(combinations("abcd", 2)), list(product([1, 2], repeat=2)), list(pairwise("abc")), [(k, list(g)) for k, g in groupby("aabbb")])
