import threading
l = threading.local(); l.a = 1
t = threading.Thread(target=lambda: print(hasattr(l, "a")))
t.start(); t.join()
print(l.a)
