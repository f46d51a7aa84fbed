# attack: a constant that is dear to fold, already when the syntax is checked
# expect: cpu_time_exceeded | memory_exceeded | compile_failed
# stopped-by: supervisor, cgroups
x = 9 ** 9 ** 9
y = "x" * 10 ** 12
