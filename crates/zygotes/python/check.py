"""Checks whether programs can be compiled, as `python3 -m py_compile` does, without writing anything."""

import sys

failed = False
for name in sys.argv[1:]:
    try:
        with open(name, "rb") as file:
            compile(file.read(), name, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        import traceback

        sys.stderr.write("".join(traceback.format_exception_only(error)))
        failed = True
sys.exit(failed)
