import sys
f = sys._getframe()
print(f.f_back, f.f_code.co_name, f.f_lineno)
