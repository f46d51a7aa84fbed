# attack: a number that does not fit into the time
# expect: cpu_time_exceeded
# stopped-by: supervisor
n = 9
print(len(str(n ** (n ** n))))
