import atexit
@atexit.register
def bad(): 1 / 0
print("body")
