# attack: a number that does not fit into the time
# expect: cpu_time_exceeded
n = 9
print(len(str(n ** (n ** n))))
