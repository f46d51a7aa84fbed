from contextlib import *
@contextmanager
def c():
    print("in"); yield 5; print("out")
with c() as x, suppress(ZeroDivisionError):
    print(x); 1 / 0
with redirect_stdout(open("/dev/null", "w")): print("no")
