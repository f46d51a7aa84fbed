# honest: multiprocessing within one process: shared memory, locks, queues and shared values
# stdout: hello 11
# stdout: [1, 2.5, 'three']
# stdout: True False
# stdout: got 7
# stdout: 3 [1, 4, 3]
# stdout: no process
# stdout: []
import multiprocessing, os
from multiprocessing import shared_memory

memory = shared_memory.SharedMemory(create=True, size=16 << 20)
memory.buf[:5] = b"hello"
same = shared_memory.SharedMemory(name=memory.name)
same.buf[-1] = 11
print(bytes(memory.buf[:5]).decode(), memory.buf[-1])
values = shared_memory.ShareableList([1, 2.5, "three"])
print(list(values))
values.shm.close()
values.shm.unlink()
same.close()
memory.close()
memory.unlink()

lock = multiprocessing.Lock()
print(lock.acquire(), lock.acquire(block=False))
multiprocessing.RLock(), multiprocessing.Event(), multiprocessing.Condition(), multiprocessing.Barrier(2)
multiprocessing.get_context("spawn").Semaphore(3)
queue = multiprocessing.Queue()
queue.put(7)
print("got", queue.get())
number, array = multiprocessing.Value("i", 3), multiprocessing.Array("i", [1, 2, 3])
array[1] = 4
print(number.value, array[:])
try:
    multiprocessing.Process(target=print).start()
except PermissionError:
    print("no process")
print([name for name in os.listdir("/dev/shm") if name.startswith("psm")])
