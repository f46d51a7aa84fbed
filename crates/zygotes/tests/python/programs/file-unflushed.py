import os
f = open("mark", "w")
f.write("x" * 100)
print(os.path.getsize("mark"))
os.remove("mark")
