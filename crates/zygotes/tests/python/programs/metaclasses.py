class M(type):
    def __new__(m, n, b, d): d["made"] = n; return super().__new__(m, n, b, d)
class A(metaclass=M): pass
print(A.made, type(A), A.__subclasses__(), len(object.__subclasses__()) > 100)
