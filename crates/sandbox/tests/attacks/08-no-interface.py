# attack: looks for a network interface, a route and a socket of the host
# expect: exited
# stopped-by: network, filesystem
# exit: 0
import sys

devices = open("/proc/self/net/dev").read().splitlines()[2:]
names = {line.split(":")[0].strip() for line in devices}
if names - {"lo"}:
    print("GOT THROUGH: interfaces", names)
    sys.exit(1)
for name in ("tcp", "tcp6", "udp", "unix", "packet", "netlink", "route", "vsock"):
    try:
        lines = open("/proc/self/net/" + name).read().splitlines()
    except OSError:
        continue
    if len(lines) > 1 and name != "netlink":
        print("GOT THROUGH:", name, lines)
        sys.exit(1)
