import sys

rounds = int(open(sys.argv[1]).read())
for number in range(rounds):
    print(number, flush=True)
    line = sys.stdin.readline()
    if line.strip() != str(number):
        sys.exit(43)
# What nobody reads any more does no harm.
print("x" * 100000, flush=True)
sys.exit(42)
