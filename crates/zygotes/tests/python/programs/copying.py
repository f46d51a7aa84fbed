import copy
a = [1, [2, 3]]
a.append(a)
b = copy.deepcopy(a)
b[1].append(4)
print(a, b)
