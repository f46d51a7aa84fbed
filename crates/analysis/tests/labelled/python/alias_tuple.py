# finds: file
a, b = open, print
b(a('x').read())
