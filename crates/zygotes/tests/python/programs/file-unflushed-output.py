f = open("/dev/stdout", "a")
f.write("written at the end\n")
