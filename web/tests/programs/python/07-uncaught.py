def inner(x):
    return 1 / x


print("before")
inner(0)
