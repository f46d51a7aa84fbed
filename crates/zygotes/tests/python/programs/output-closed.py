import sys
print("a")
sys.stdout.close()
print("b")
