# finds: file
def f(name, o=open):
    return o(name)
print(f('x'))
