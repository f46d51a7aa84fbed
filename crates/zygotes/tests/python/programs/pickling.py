import pickle
class A:
    def __init__(self): self.x = [1, {2: 3}]
    def __eq__(self, o): return self.x == o.x
print(pickle.loads(pickle.dumps(A())) == A(), pickle.dumps([1, "a", (2.5, None)], 4))
