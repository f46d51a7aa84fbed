class N:
    def __init__(self): self.me = self; self.d = [0] * 10
for i in range(100000): N()
print("done")
