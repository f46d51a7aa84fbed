import sys
sys.stdout.write("x" * 300000 + "\n")
sys.stdout.flush()
sys.stdout.write("y")
