import sys

most = int(open(sys.argv[1]).read())
try:
    number = int(sys.stdin.read())
except ValueError:
    sys.exit(43)
if number > most:
    sys.exit(43)
with open(sys.argv[3] + "score.txt", "w") as score:
    score.write(f"{number}\n")
sys.exit(42)
