# First pass: `encode a b`, and the submission gives one word. Second: `decode word`, and it gives a b.
import os
import sys

state = sys.argv[3] + "/first_pass.txt"
said = sys.stdin.read().split()
with open(sys.argv[3] + "judgemessage.txt", "a") as message:
    message.write("pass;")
if not os.path.exists(state):
    if len(said) != 1:
        sys.exit(43)
    with open(state, "w") as kept:
        kept.write(open(sys.argv[1]).read())
    with open(sys.argv[3] + "nextpass.in", "w") as next_pass:
        next_pass.write("decode " + said[0] + "\n")
    sys.exit(42)
# The second pass sees its own input, and what the first has kept.
assert open(sys.argv[1]).read().startswith("decode")
sys.exit(42 if said == open(state).read().split() else 43)
