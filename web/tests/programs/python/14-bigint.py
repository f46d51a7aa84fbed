import math
print(2**200, math.factorial(30), pow(3, 1000, 10**9 + 7), math.isqrt(10**30), math.gcd(84, 36))
