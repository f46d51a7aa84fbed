# Fails: expects the two numbers on two lines.
a = int(input().split()[0])
b = int(input())
print(a + b)
