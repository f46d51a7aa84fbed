# attack: the longest names and paths
# expect: exited
# stopped-by: filesystem
# exit: 0
import os

try:
    for _ in range(100):
        os.mkdir("n" * 255)
        os.chdir("n" * 255)
except OSError as error:
    print(error)
try:
    open("n" * 256, "w")
    print("GOT THROUGH")
    os._exit(1)
except OSError:
    pass
