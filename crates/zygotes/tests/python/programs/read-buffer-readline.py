import sys
input = sys.stdin.buffer.readline
print(input(), input().split())
