import importlib.util, sys
spec = importlib.util.find_spec("json")
print(spec.name, importlib.import_module("colorsys").rgb_to_hsv(1, 0, 0), importlib.reload(sys.modules["math"] if "math" in sys.modules else __import__("math")).pi)
