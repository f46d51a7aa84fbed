import threading
t = threading.Thread(target=lambda: 1 / 0, name="t")
t.start(); t.join()
print("main")
