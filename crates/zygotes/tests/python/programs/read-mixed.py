import sys
print(input())
print(sys.stdin.readline(), sys.stdin.read())
