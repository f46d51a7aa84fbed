# finds: nothing
# open('x') os.system('ls') import socket
print(1)
