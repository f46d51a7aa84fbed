import inspect
def f(a, *, b=1): "doc"
print(inspect.signature(f), inspect.getsource(f), inspect.getdoc(f), inspect.getmodule(f).__name__)
