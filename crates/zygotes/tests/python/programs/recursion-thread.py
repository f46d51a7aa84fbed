import sys, threading
sys.setrecursionlimit(200000)
threading.stack_size(256 << 20)
def f(n): return 0 if n == 0 else 1 + f(n - 1)
t = threading.Thread(target=lambda: print(f(100000)))
t.start(); t.join()
