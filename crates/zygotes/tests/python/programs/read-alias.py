import sys
input = sys.stdin.readline
print(input().rstrip(), int(input().split()[1]))
