# finds: file
print(list(map(open, ['a', 'b'])))
