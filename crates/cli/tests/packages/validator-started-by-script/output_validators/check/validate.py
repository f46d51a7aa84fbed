import sys

from check_tokens import same

with open(sys.argv[2]) as answer:
    sys.exit(42 if same(sys.stdin.read(), answer.read()) else 43)
