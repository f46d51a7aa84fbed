# finds: nothing
open_brackets = '(['
opened = sum(c in open_brackets for c in input())
print(opened)
