import weakref, gc
class A: pass
a = A(); r = weakref.ref(a); weakref.finalize(a, print, "finalized")
del a; gc.collect(); print(r())
b = A(); weakref.finalize(b, print, "at exit")
