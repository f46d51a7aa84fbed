# attack: connects to the database next door
# expect: syscall_denied
# stopped-by: seccomp, network
import socket

print("GOT THROUGH", socket.create_connection(("127.0.0.1", 5432), 1))
