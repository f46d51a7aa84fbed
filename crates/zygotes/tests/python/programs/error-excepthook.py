import sys
sys.excepthook = lambda t, e, tb: print("hook", t.__name__, e)
1 / 0
