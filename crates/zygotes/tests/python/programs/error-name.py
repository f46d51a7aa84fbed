import math
prnt = 1
print(maths.pi)
