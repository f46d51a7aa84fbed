# finds: nothing
def f():
    """Call exec() or open('x') and spawn a fork with http."""
    return 1
print(f())
