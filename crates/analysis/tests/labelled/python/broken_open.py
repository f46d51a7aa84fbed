# finds: file
def f(:
    pass
print(open('x').read())
if True print(1
