a = [[0] * 1000 for _ in range(2000)]
b = {i: str(i) for i in range(200000)}
print(len(a), len(b))
import gc; print(gc.collect() >= 0)
