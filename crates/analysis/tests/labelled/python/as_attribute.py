# finds: file
class A:
    opener = open
print(A.opener('x').read())
