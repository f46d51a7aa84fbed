import atexit, sys
atexit.register(lambda: print("still"))
sys.exit(4)
