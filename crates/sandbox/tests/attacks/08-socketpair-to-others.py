# attack: a datagram pair, which may send to any named socket: the host's by path, anybody's by abstract name
# expect: exited | syscall_denied
# stopped-by: seccomp, network, filesystem, landlock
# exit: 0
import ctypes, os, sys

libc = ctypes.CDLL(None, use_errno=True)
pair = (ctypes.c_int * 2)()
if libc.socketpair(1, 2, 0, pair) != 0:
    sys.exit(0)
for name in [b"\0letscode", b"/run/systemd/notify", b"/run/systemd/journal/socket", b"/dev/log", b"/var/run/docker.sock", b"/tmp/.X11-unix/X0",
             b"\0/tmp/dbus-1", b"/run/dbus/system_bus_socket"]:
    address = (1).to_bytes(2, sys.byteorder) + name + b"\0" * (name[:1] != b"\0")
    if libc.sendto(pair[0], b"x", 1, 0, address, len(address)) >= 0:
        print("GOT THROUGH", name)
        sys.exit(1)
