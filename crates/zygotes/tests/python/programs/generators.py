def g():
    try:
        x = yield 1
        print("got", x)
        yield from range(3)
    finally:
        print("closed")
a = g()
print(next(a), a.send("s"), next(a))
a.close()
b = g(); next(b)
