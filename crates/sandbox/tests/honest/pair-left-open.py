# honest: a pair of connected sockets that is never closed: Python asks for both names when it warns of that
# stdout: ping
import socket

one, other = socket.socketpair()
one.send(b"ping")
print(other.recv(4).decode())
