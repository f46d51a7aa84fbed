import sys
print(__name__, __doc__, __package__, __spec__, type(__loader__).__name__, sorted(globals()), sys.modules["__main__"].__dict__ is globals())
