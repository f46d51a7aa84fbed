import sys

# The argument and the text have the value; what is no constant stays: {{other}}.
assert sys.argv[4:] == ["1000"] and {{limit}} == 1000 and "{{other}}"[:2] == "{" + "{"
sys.exit(42 if sys.stdin.read().strip() == "{{greeting}} 1000" else 43)
