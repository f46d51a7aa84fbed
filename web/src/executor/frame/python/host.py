# Runs one program as `python3 solution.py` would, in a namespace of its own.
import asyncio, bisect, collections, copy, dataclasses, datetime, decimal, enum, fractions, functools, heapq, io
import itertools, json, linecache, math, operator, random, re, statistics, string, sys, time, traceback, types, typing
import importlib.util

FILE = "/workspace/solution.py"


def _use_pure_lru_cache():
    # The implementation in C recurses on the browser's stack, which ends after some hundred calls.
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


def unsupported_feature(error):
    """Returns the feature that browsers lack if that is why the program failed."""
    text = str(error)
    if isinstance(error, MemoryError):
        return "this much memory"
    if isinstance(error, ModuleNotFoundError):
        return f"the module {error.name}"
    if "can't start new thread" in text:
        return "threads"
    if isinstance(error, OSError) and ("emscripten does not support" in text or error.errno in (52, 138)):
        return "starting other programs, network access"
    if isinstance(error, RecursionError) and "Stack overflow" in text:
        return "recursion this deep"
    return None


def print_traceback(error):
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
    """Returns the exit code, an unsupported feature, and True if the code has a syntax error."""
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
        print_traceback(error)
        return 1, unsupported_feature(error), False
    return 0, None, False


def run(code):
    # A snapshot must not give each run the same random numbers.
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
