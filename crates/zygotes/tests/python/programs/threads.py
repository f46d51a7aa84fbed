import threading
n, lock = 0, threading.Lock()
def work():
    global n
    for _ in range(1000):
        with lock: n += 1
ts = [threading.Thread(target=work) for _ in range(8)]
[t.start() for t in ts]; [t.join() for t in ts]
print(n, threading.active_count(), threading.current_thread(). name, threading.main_thread() is threading.current_thread())
