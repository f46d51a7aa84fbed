# finds: nothing
def f(**k):
    return k
print(f(open=1, exec=2, fork=3))
