# honest: integers of more than 4,300 digits, as text and back
# stdout: 12042 True True
n = 1 << 40000
text = str(n)
print(len(text), int(text) == n, eval(text) == n)
