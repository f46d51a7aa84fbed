"""A warm Python that forks itself: the zygote never ends, its children come out of `serve` and run the
script that they are told to. README.md has the whole."""

import sys

TRIED = [(3, 11)]  # any other is started cold
SOON = 3  # milliseconds: who is ordered by then saves the work of a rehearsal
INTERRUPTED = -1  # no exit status: Python then ends by the signal


def warm_up():
    """Answers what a child needs that has no other name."""
    import letscode_zygote as native

    native.open()
    try:
        import os

        os.environ.pop("LETSCODE_LAUNCHER", None)
        if sys.version_info[:2] not in TRIED:
            raise ImportError("Python %d.%d was not tried" % sys.version_info[:2])
        # What programs like to import. They find it in sys.modules, which is the one thing that they
        # can tell us from a cold start by.
        import bisect, collections, functools, heapq, itertools, math
        import atexit, gc, io

        # The loader of a script; it has been imported by every Python that has started.
        loader = type(__loader__)
        check_run(native)
        for name in ("letscode_zygote", "gc"):
            sys.modules.pop(name, None)
        # What lies in which folder was looked up for us.
        sys.path_importer_cache.clear()
        kept = [(stream.encoding, stream.errors) for stream in (sys.stdin, sys.stdout, sys.stderr)]
        made = make_streams(os, io, kept)
        gc.collect()
        # Nothing that is here now is looked at, and so copied, by a child's collector.
        gc.freeze()
    except BaseException as error:
        native.give_up(repr(error))
    return native, os, io, gc, atexit, loader, kept, made, os.getcwd()


def check_run(native):
    """The native part reaches into Python for this."""
    asked = {"sys": sys}
    code = "frame = sys._getframe()\ndef deep(n):\n    try:\n        return deep(n + 1)\n    except RecursionError:\n        return n\n"
    native.run(compile(code + "alone, depth = frame.f_back is None, deep(1)\n", "check", "exec"), asked)
    if not asked["alone"] or asked["depth"] != sys.getrecursionlimit() - 1 or sys._getframe().f_back is None:
        raise ImportError("its frames are not where they were looked for: %r" % asked["depth"])


def make_streams(os, io, kept):
    """Streams for what programs' descriptors mostly are (`kind_of` in zygote.c), by descriptor and kind: to make
    one takes longer than a small program. "r" are for the rehearsal alone."""
    made = {"first": (sys.stdin, sys.stdout, sys.stderr)}  # to let go of them takes as long
    null = os.open("/dev/null", os.O_RDWR)
    file = os.memfd_create("input")
    out_of, into = os.pipe()
    for fd, kind, like in [
        (0, "p", out_of),
        (0, "f", file),
        (0, "n", null),
        (1, "p", into),
        (2, "p", into),
        *((fd, "r", null) for fd in range(3)),
    ]:
        os.dup2(like, fd)
        made[fd, kind] = stream(io, kept, fd)
    for fd in null, file, out_of, into:
        os.close(fd)
    return made


def stream(io, kept, fd):
    """As `create_stdio` in Python's pylifecycle.c: it depends on what the descriptor is."""
    encoding, errors = kept[fd]
    mode, name = [("r", "<stdin>"), ("w", "<stdout>"), ("w", "<stderr>")][fd]
    buffer = io.open(fd, mode + "b", -1, closefd=False)
    buffer.raw.name = name
    line_buffering = fd == 2 or buffer.raw.isatty()
    text = io.TextIOWrapper(buffer, encoding, errors, "\n", line_buffering)
    text.mode = mode
    return text


def become(argv, env, kinds):
    """As if this process had been started with these: `env` is None where that is what it was started with."""
    if env is not None:
        os.environ.clear()
        os.environ.update(one.split("=", 1) for one in env)
    script = os.path.join(folder, argv[1]) if "/" in argv[1] else folder + "/" + argv[1]
    sys.orig_argv[:] = argv
    sys.argv[:] = argv[1:]
    sys.path[0] = os.path.dirname(script) if "/" in argv[1] else folder
    sys.path_importer_cache.clear()
    sys.stdin, sys.stdout, sys.stderr = sys.__stdin__, sys.__stdout__, sys.__stderr__ = [
        made.get((fd, kinds[fd])) or stream(io, kept, fd) for fd in range(3)
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
    """What Python ends with after an exception that nobody caught, which it tells."""
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
    """What Python does at its end, but for taking itself to pieces, which would copy all of it. Nothing else
    must hold the program's variables any more."""
    threading = sys.modules.get("threading")
    if threading:
        threading._shutdown()
    atexit._run_exitfuncs()
    flushed = flush(sys.stdout)
    sys.last_type = sys.last_value = sys.last_traceback = None
    # Its variables go when nobody has them, or with the cycles that they are part of.
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
    """In a child that waits: touches what a program will, so that the copies are made before it comes."""
    _, variables = become(["python3", "rehearsal.py"], None, "rrr")
    code = compile("for x in range(2): print(end='')", "rehearsal.py", "exec", dont_inherit=True)
    native.run(code, variables)
    flush(sys.stdout)
    variables.clear()
    gc.collect()


native, os, io, gc, atexit, loader, kept, made, folder = warm_up()
native.fork()
if not native.is_ordered(SOON):
    rehearse()
script, variables = become(*native.await_order())
status = 0
try:
    with io.open_code(script) as file:
        # Python's own reader ends at a zero.
        code = compile(file.read().partition(b"\0")[0], script, "exec", dont_inherit=True)
    native.run(code, variables)
except BaseException as error:
    # Without the frame that this is.
    status = status_of(error.with_traceback(error.__traceback__.tb_next))
del variables
end(status)
