import atexit
atexit.register(print, "first in, last out")
@atexit.register
def second(): print("second")
print("body")
