# finds: network
import socket
s = socket.socket()
s.connect(('h', 1))
