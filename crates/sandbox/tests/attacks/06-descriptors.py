# attack: looks for descriptors that leaked into the cell
# expect: exited
# stopped-by: jail
# exit: 0
import os

listing = os.open("/proc/self/fd", os.O_RDONLY | os.O_DIRECTORY)
found = {}
for name in os.listdir(listing):
    try:
        found[int(name)] = os.readlink(f"/proc/self/fd/{name}")
    except OSError:
        pass  # It was the listing's own.
found = {fd: link for fd, link in found.items() if not link.startswith("/proc/")}
print(found)
# Standard output is an anonymous file of this run's own.
harmless = ("/dev/null", "/memfd:stdout (deleted)")
if set(found) != {0, 1, 2} or any(link.startswith("/") and link not in harmless for fd, link in found.items() if fd > 0):
    print("GOT THROUGH")
    os._exit(1)
