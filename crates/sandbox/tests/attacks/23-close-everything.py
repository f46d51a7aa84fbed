# attack: closes all descriptors of the interpreter
# expect: exited
# exit: 5
import os

os.closerange(0, 65536)
os._exit(5)
