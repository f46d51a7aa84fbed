# finds: nothing
def solve():
    open = []
    open.append(1)
    return open
print(solve())
