import traceback
def f(): g()
def g(): raise OSError(2, "x")
try: f()
except OSError: traceback.print_exc()
print(traceback.format_stack())
