# finds: network
import importlib
importlib.import_module('socket')
