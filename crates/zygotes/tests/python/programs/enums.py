from enum import *
class C(Enum):
    A = auto(); B = auto()
print(list(C), C["A"], C(2), C.A.name)
