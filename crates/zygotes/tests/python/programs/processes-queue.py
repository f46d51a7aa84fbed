from multiprocessing import Process, Queue
def f(q): q.put([1, 2])
if __name__ == "__main__":
    q = Queue(); c = Process(target=f, args=(q,)); c.start(); print(q.get()); c.join(); print(c.exitcode)
