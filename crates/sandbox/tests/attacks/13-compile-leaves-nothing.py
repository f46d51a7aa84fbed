# attack: looks for what the compile step of this or another submission left
# expect: exited
# stopped-by: filesystem, namespaces
# exit: 0
import os

found = os.listdir("/tmp") + os.listdir("/workspace")
if found != ["solution.py"]:
    print("GOT THROUGH:", found)
    os._exit(1)
