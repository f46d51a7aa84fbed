# finds: dynamic_code
import importlib
importlib.import_module(input())
