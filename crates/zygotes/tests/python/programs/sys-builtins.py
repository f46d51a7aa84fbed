import builtins
print(__builtins__ is builtins, sorted(n for n in dir(builtins)))
