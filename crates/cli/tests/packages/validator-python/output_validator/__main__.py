import os
import sys

from numbers_in import numbers

input_file, answer_file, feedback = sys.argv[1:4]
# Nothing but what belongs to this one question.
around = sorted(name for name in os.listdir() if not name.startswith("__pycache__"))
assert around == ["__main__.py", "feedback", "numbers_in.py", "test.ans", "test.in"], around
n = int(open(input_file).read())
assert open(answer_file).read().strip() == str(n)
if sorted(numbers(sys.stdin.read())) == list(range(1, n + 1)):
    sys.exit(42)
with open(feedback + "judgemessage.txt", "w") as message:
    message.write(f"no permutation of 1 to {n}")
sys.exit(43)
