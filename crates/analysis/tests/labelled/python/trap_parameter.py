# finds: nothing
def f(open, eval):
    return open(eval)
print(f(abs, -1))
