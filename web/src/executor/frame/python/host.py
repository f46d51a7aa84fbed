# Runs one program as `python3 solution.py` would. Lives in a namespace of its own.
import asyncio, bisect, collections, copy, dataclasses, datetime, decimal, enum, fractions, functools, heapq, io
import itertools, json, linecache, math, operator, random, re, statistics, string, sys, time, traceback, types, typing
import importlib.util

FILE = "/workspace/solution.py"


def _use_pure_lru_cache():
    # The one in C recurses through the browser's own stack, which ends after some hundred calls.
    spec = importlib.util.find_spec("functools")
    pure = importlib.util.module_from_spec(spec)
    compiled = sys.modules["_functools"]
    sys.modules["_functools"] = None
    try:
        spec.loader.exec_module(pure)
    finally:
        sys.modules["_functools"] = compiled
    functools._lru_cache_wrapper = pure._lru_cache_wrapper


_use_pure_lru_cache()


def beyond(error):
    """What this asked for that the browser doesn't have, if that is why it failed."""
    text = str(error)
    if isinstance(error, MemoryError):
        return "This much memory"
    if isinstance(error, ModuleNotFoundError):
        return f"The module {error.name}"
    if "can't start new thread" in text:
        return "Threads"
    if isinstance(error, OSError) and ("emscripten does not support" in text or error.errno in (52, 138)):
        return "Starting other programs, and the network,"
    if isinstance(error, RecursionError) and "Stack overflow" in text:
        return "Recursion this deep"
    return None


def show(error):
    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename != FILE:
        frames = frames.tb_next
    print("".join(traceback.format_exception(type(error), error, frames)), end="", file=sys.stderr)


def exit_code(error):
    if error.code is None:
        return 0
    if isinstance(error.code, int):
        return error.code & 255
    print(error.code, file=sys.stderr)
    return 1


def execute(code):
    """Answers the exit code, what was beyond the browser, and whether it was a program at all."""
    main = types.ModuleType("__main__")
    main.__file__ = FILE
    sys.modules["__main__"] = main
    linecache.cache[FILE] = (len(code), None, code.splitlines(keepends=True), FILE)
    try:
        program = compile(code, FILE, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        print("".join(traceback.format_exception_only(type(error), error)), end="", file=sys.stderr)
        return 1, None, True
    try:
        exec(program, main.__dict__)
    except SystemExit as error:
        return exit_code(error), None, False
    except BaseException as error:
        show(error)
        return 1, beyond(error), False
    return 0, None, False


def run(code):
    # What a snapshot keeps must not be the same in each run.
    random.seed()
    sys.argv[:] = ["solution.py"]
    sys.path[0] = "/workspace"
    result = execute(code)
    import atexit
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            pass
    return result
