import math, sys
class A:
    def __del__(self):
        print(math.pi, sys is None)
a = A()
