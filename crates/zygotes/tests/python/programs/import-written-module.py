import os, sys
sys.dont_write_bytecode = True
open("other.py", "w").write("x = 5\nprint(__name__)")
try:
    import other
    print(other.x)
finally:
    os.remove("other.py")
