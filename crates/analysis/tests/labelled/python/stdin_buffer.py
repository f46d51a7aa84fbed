# finds: nothing
import sys
input = sys.stdin.buffer.readline
print(int(input()))
