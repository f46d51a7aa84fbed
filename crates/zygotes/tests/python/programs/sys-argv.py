import sys
print(sys.argv[1:], sys.argv[0].rsplit("/", 1)[1], len(sys.orig_argv), sys.executable)
