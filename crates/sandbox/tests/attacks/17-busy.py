# attack: a loop without end
# expect: cpu_time_exceeded
# stopped-by: supervisor
while True:
    pass
