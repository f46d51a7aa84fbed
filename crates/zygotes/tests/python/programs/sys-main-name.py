class A: pass
print(A, A.__module__, A().__class__)
def f(): pass
print(f.__module__, f.__globals__ is globals())
