import random
random.seed(5)
print([random.randint(1, 100) for _ in range(10)], random.random(), random.sample(range(50), 5))
a = [1, 2, 3, 4]; random.shuffle(a); print(a)
