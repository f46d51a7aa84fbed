class A:
    def __del__(self): print("del", self.name)
a = A(); a.name = "a"; a.me = a
b = A(); b.name = "b"; b.a = a
import gc
del a
gc.collect()
print("end")
