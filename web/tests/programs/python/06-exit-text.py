import sys
print("a")
sys.exit("a reason")
