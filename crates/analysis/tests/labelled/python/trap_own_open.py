# finds: nothing
def open(x):
    return x + 1
print(open(3))
