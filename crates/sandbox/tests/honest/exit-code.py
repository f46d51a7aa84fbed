# honest: an exit code of its own, and handlers that run at the end
# exit: 7
# stdout: last words
import atexit
import sys

atexit.register(print, "last words")
sys.exit(7)
