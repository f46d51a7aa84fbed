import random
print(0 <= random.random() < 1, len(set(random.choices(range(10**9), k=50))) > 45)
