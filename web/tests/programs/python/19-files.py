with open("note.txt", "w") as f:
    f.write("kept\nmore\n")
print(open("note.txt").read().split())
try:
    open("absent")
except FileNotFoundError as error:
    print(error.strerror)
