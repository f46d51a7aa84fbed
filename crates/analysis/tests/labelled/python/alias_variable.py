# finds: file
f = open
f('x')
