import os
print("lost or not")
os._exit(3)
