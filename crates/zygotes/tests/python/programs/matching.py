def f(x):
    match x:
        case [a, *b]: return a, b
        case {"k": v}: return v
        case int(n) if n > 3: return "big"
        case _: return None
print(f([1, 2, 3]), f({"k": 5}), f(7), f("x"))
