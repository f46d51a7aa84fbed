print(3 ** 5000 % 10 ** 50, len(str(7 ** 4000)), pow(3, -1, 1000007))
import math
print(math.factorial(200), math.isqrt(10 ** 41), math.comb(100, 50))
