# attack: crashes, so that the host starts what it has for that, as root and outside of every cell
# expect: signaled
# stopped-by: rlimits, seccomp
import os, resource

if resource.getrlimit(resource.RLIMIT_CORE) != (1, 1):
    print("GOT THROUGH:", resource.getrlimit(resource.RLIMIT_CORE))
try:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    print("GOT THROUGH: lower")
except (OSError, ValueError):
    pass
print(end="", flush=True)
os.abort()
