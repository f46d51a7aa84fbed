import sys

# The argument and the text have the value; what is no constant stays: {{other}}.
assert sys.argv[4:] == ["1000"] and {{limit}} == {{limit.value}} == {{limit.short}} and "{{other}}"[:2] == "{" + "{"
sys.exit(42 if sys.stdin.read().strip() == "{{greeting}} 1000" else 43)
