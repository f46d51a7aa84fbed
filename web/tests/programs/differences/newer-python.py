from collections import OrderedDict

print(OrderedDict(a=1))
