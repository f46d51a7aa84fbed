f = open("/dev/null")
print(f.fileno())
g = open("/dev/null")
print(g.fileno())
