# honest: asking about itself and the machine
# stdout: ok
import faulthandler
import gc
import os
import platform
import resource
import secrets
import sys
import tracemalloc
import uuid

faulthandler.enable()
tracemalloc.start()
assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > 0
soft, hard = resource.getrlimit(resource.RLIMIT_STACK)
resource.setrlimit(resource.RLIMIT_STACK, (hard, hard))
assert os.cpu_count() >= 1 and len(os.sched_getaffinity(0)) >= 1 and os.getpid() > 0 and os.getppid() > 0
assert platform.system() == "Linux" and platform.machine() and os.uname().nodename == "cell"
assert len(os.urandom(16)) == 16 and len(secrets.token_hex(8)) == 16 and uuid.uuid4() != uuid.uuid4()
assert len(open("/dev/urandom", "rb").read(8)) == 8 and open("/dev/null").read() == ""
assert os.environ["HOME"] == "/workspace" and not os.isatty(0) and os.getloadavg
gc.collect()
sys.stdout.write("ok\n")
sys.stdout.flush()
os._exit(0)
