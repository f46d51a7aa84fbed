input()
print('first', flush=True)
