# attack: raises its own limits
# expect: exited
# stopped-by: identity, seccomp
# exit: 0
import resource, sys

for name in [name for name in dir(resource) if name.startswith("RLIMIT_")]:
    which = getattr(resource, name)
    try:
        soft, hard = resource.getrlimit(which)
    except ValueError:
        continue
    if name == "RLIMIT_STACK":  # solutions may; 15-stack-raised.py says what comes of it
        continue
    if hard == resource.RLIM_INFINITY:
        print(name, "is unlimited")
        continue
    for new in ((hard + 1, hard + 1), (hard, hard * 2 + 1), (resource.RLIM_INFINITY,) * 2):
        try:
            resource.setrlimit(which, new)
        except (OSError, ValueError):
            continue
        print("GOT THROUGH:", name, new)
        sys.exit(1)
    if name in ("RLIMIT_MSGQUEUE", "RLIMIT_NICE", "RLIMIT_RTPRIO") and hard:
        print("GOT THROUGH:", name, "is", hard)
        sys.exit(1)
