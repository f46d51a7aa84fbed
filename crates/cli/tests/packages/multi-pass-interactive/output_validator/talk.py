import sys

word = open(sys.argv[1]).read().strip()
print(word, flush=True)
if sys.stdin.readline().strip() != word:
    sys.exit(43)
if word == "first":
    with open(sys.argv[3] + "nextpass.in", "w") as next_pass:
        next_pass.write("second")
sys.exit(42)
