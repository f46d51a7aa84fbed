import os
print(sorted(os.environ.items()), os.environb[b"LANG"])
os.environ["A"] = "b"
print(os.getenv("A"), os.popen("echo $A").read())
