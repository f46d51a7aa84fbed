# honest: threads, locks, queues and a pool
# stdout: 4950 40000 [0, 1, 4, 9]
import queue
import threading
from concurrent.futures import ThreadPoolExecutor

tasks, total, lock = queue.Queue(), [0], threading.Lock()
for number in range(100):
    tasks.put(number)
found = []


def work():
    while True:
        try:
            found.append(tasks.get_nowait())
        except queue.Empty:
            break
    for _ in range(10000):
        with lock:
            total[0] += 1


crowd = [threading.Thread(target=work) for _ in range(4)]
for one in crowd:
    one.start()
for one in crowd:
    one.join()
with ThreadPoolExecutor(4) as pool:
    print(sum(found), total[0], list(pool.map(lambda n: n * n, range(4))))
