import sys
print(sys.path[1:], sys.path[0] == __file__.rsplit("/", 1)[0], sys.prefix, sys.exec_prefix, sys.platlibdir)
