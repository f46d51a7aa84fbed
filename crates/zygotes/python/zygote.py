"""A warm Python that forks itself: the zygote serves for ever, its children return from `native.fork` and
run the script of their request. README.md has the whole."""

import sys

SUPPORTED_VERSIONS = [(3, 11)]  # programs of any other are started cold
REHEARSAL_DELAY_MS = 3  # a spare that gets its request earlier skips the rehearsal
INTERRUPTED = -1  # instead of an exit status: Python ends itself by SIGINT


def warm_up():
    """Returns the modules and values that a child needs."""
    import letscode_zygote as native

    native.open()
    try:
        import os

        os.environ.pop("LETSCODE_LAUNCHER", None)
        if sys.version_info[:2] not in SUPPORTED_VERSIONS:
            raise ImportError("Python %d.%d was not tried" % sys.version_info[:2])
        # Modules that programs often import. That they are in sys.modules is the one difference that a
        # program can see from a cold start.
        import bisect, collections, functools, heapq, itertools, math
        import atexit, gc, io

        # The loader of scripts, which every Python imports at its start.
        loader = type(__loader__)
        check_run(native)
        for name in ("letscode_zygote", "gc"):
            sys.modules.pop(name, None)
        # These folders were looked up for the zygote.
        sys.path_importer_cache.clear()
        encodings = [(stream.encoding, stream.errors) for stream in (sys.stdin, sys.stdout, sys.stderr)]
        streams = make_streams(os, io, encodings)
        gc.collect()
        # Excludes all objects so far from collections, which would touch, and so copy, their pages.
        gc.freeze()
    except BaseException as error:
        native.fail(repr(error))
    return native, os, io, gc, atexit, loader, encodings, streams, os.getcwd()


def check_run(native):
    """Checks that the native part finds the frames of this Python."""
    variables = {"sys": sys}
    code = "frame = sys._getframe()\ndef deep(n):\n    try:\n        return deep(n + 1)\n    except RecursionError:\n        return n\n"
    native.run(compile(code + "alone, depth = frame.f_back is None, deep(1)\n", "check", "exec"), variables)
    if not variables["alone"] or variables["depth"] != sys.getrecursionlimit() - 1 or sys._getframe().f_back is None:
        raise ImportError("its frames are not where they were looked for: %r" % variables["depth"])


def make_streams(os, io, encodings):
    """Returns streams for the usual kinds of descriptors (`kind_of` in zygote.c), by descriptor and kind: making
    one takes longer than a small program runs. Kind "r" is for the rehearsal alone."""
    streams = {"first": (sys.stdin, sys.stdout, sys.stderr)}  # kept, because freeing them takes as long
    null = os.open("/dev/null", os.O_RDWR)
    file = os.memfd_create("input")
    out_of, into = os.pipe()
    for fd, kind, like in [
        (0, "p", out_of),
        (0, "f", file),
        (0, "n", null),
        (1, "p", into),
        (1, "f", file),
        (2, "p", into),
        *((fd, "r", null) for fd in range(3)),
    ]:
        os.dup2(like, fd)
        streams[fd, kind] = make_stream(io, encodings, fd)
    for fd in null, file, out_of, into:
        os.close(fd)
    return streams


def make_stream(io, encodings, fd):
    """As `create_stdio` in Python's pylifecycle.c: it depends on what the descriptor is."""
    encoding, errors = encodings[fd]
    mode, name = [("r", "<stdin>"), ("w", "<stdout>"), ("w", "<stderr>")][fd]
    buffer = io.open(fd, mode + "b", -1, closefd=False)
    buffer.raw.name = name
    line_buffering = fd == 2 or buffer.raw.isatty()
    text = io.TextIOWrapper(buffer, encoding, errors, "\n", line_buffering)
    text.mode = mode
    return text


def become(argv, env, kinds):
    """Sets up the state of a process that was started with these. `env` is None if it equals the zygote's."""
    if env is not None:
        os.environ.clear()
        os.environ.update(variable.split("=", 1) for variable in env)
    script = os.path.join(folder, argv[1]) if "/" in argv[1] else folder + "/" + argv[1]
    sys.orig_argv[:] = argv
    sys.argv[:] = argv[1:]
    sys.path[0] = os.path.dirname(script) if "/" in argv[1] else folder
    sys.path_importer_cache.clear()
    sys.stdin, sys.stdout, sys.stderr = sys.__stdin__, sys.__stdout__, sys.__stderr__ = [
        streams.get((fd, kinds[fd])) or make_stream(io, encodings, fd) for fd in range(3)
    ]
    main = type(sys)("__main__")
    main.__dict__.update(
        __annotations__={},
        __builtins__=sys.modules["builtins"],
        __file__=script,
        __cached__=None,
        __loader__=loader("__main__", script),
    )
    sys.modules["__main__"] = main
    return script, main.__dict__


def status_of(error):
    """Reports an uncaught exception as Python does, and returns the exit status."""
    if isinstance(error, SystemExit):
        code = error.code
        if code is None or isinstance(code, int):
            return (code or 0) & 0xFF
        flush(sys.stdout)
        print(code, file=sys.stderr)
        return 1
    sys.last_type, sys.last_value, sys.last_traceback = type(error), error, error.__traceback__
    flush(sys.stdout)
    sys.excepthook(type(error), error, error.__traceback__)
    return INTERRUPTED if isinstance(error, KeyboardInterrupt) else 1


def flush(stream):
    try:
        stream.flush()
        return True
    except (AttributeError, ValueError):
        return True
    except BaseException as error:
        print("Exception ignored in:", repr(stream), file=sys.__stderr__)
        print("%s: %s" % (type(error).__qualname__, error), file=sys.__stderr__)
        return False


def end(status):
    """Ends as Python does, except for tearing down the interpreter, which would copy all its pages. Nothing else
    may hold the program's variables any more."""
    threading = sys.modules.get("threading")
    if threading:
        threading._shutdown()
    atexit._run_exitfuncs()
    flushed = flush(sys.stdout)
    sys.last_type = sys.last_value = sys.last_traceback = None
    # Frees its variables, those in cycles too.
    del sys.modules["__main__"]
    gc.collect()
    flushed = flush(sys.__stdout__) and flushed
    flush(sys.__stderr__)
    if status == INTERRUPTED:
        import signal

        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    os._exit(status if flushed else 120)


def rehearse():
    """In a spare: touches the pages that a program will, so that they are copied before a request comes."""
    _, variables = become(["python3", "rehearsal.py"], None, "rrr")
    code = compile("for x in range(2): print(end='')", "rehearsal.py", "exec", dont_inherit=True)
    native.run(code, variables)
    flush(sys.stdout)
    variables.clear()
    gc.collect()


native, os, io, gc, atexit, loader, encodings, streams, folder = warm_up()
native.fork()
if not native.await_request(REHEARSAL_DELAY_MS):
    rehearse()
script, variables = become(*native.receive_request())
status = 0
try:
    with io.open_code(script) as file:
        # Python's own reader ends at a zero.
        code = compile(file.read().partition(b"\0")[0], script, "exec", dont_inherit=True)
    native.run(code, variables)
except BaseException as error:
    # Without the frame of this script.
    status = status_of(error.with_traceback(error.__traceback__.tb_next))
del variables
end(status)
