# honest: a broken-off input and output that is flushed line by line
# stdin: 1
# stdout: 1
# stdout: end
import sys

while True:
    try:
        print(input(), flush=True)
    except EOFError:
        break
print("end", file=sys.stdout, flush=True)
