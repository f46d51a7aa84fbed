# honest: every module of the standard library that is no test, tool or window can be imported
# stdout: ok
import importlib
import sys

# These look for a network, a terminal, a window system or other machines when they are imported.
left_out = {"antigravity", "this", "idlelib", "lib2to3", "tkinter", "turtle", "turtledemo", "msilib", "winreg", "winsound", "msvcrt", "nt", "ensurepip", "pydoc_data"}
failed = []
for name in sorted(sys.stdlib_module_names):
    if name.lstrip("_") in left_out or name.startswith("_") or name in left_out:
        continue
    try:
        importlib.import_module(name)
    except ModuleNotFoundError:
        pass  # Debian has it in a package of its own.
    except Exception as error:
        failed.append((name, error))
print(failed or "ok")
