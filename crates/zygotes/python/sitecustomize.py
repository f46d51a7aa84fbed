"""A warm Python that forks itself.

Python imports this module at every start, if it finds it, before it opens the script. The zygote never
gets further: its children come out of `serve` below, and Python's own main then opens and runs the
script in them as it would have anyway, so arguments, tracebacks and exit codes are its own.
README.md has the whole."""


def become_zygote():
    import sys

    # Any other is started cold.
    tried = [(3, 11)]

    import letscode_zygote as native

    native.open()
    try:
        import os

        ours = os.path.dirname(__file__)
        for name in ("LETSCODE_LAUNCHER", "PYTHONPATH"):
            os.environ.pop(name, None)
        sys.path.remove(ours)
        if sys.version_info[:2] not in tried:
            raise ImportError("Python %d.%d was not tried" % sys.version_info[:2])
        before = set(sys.modules) - {"letscode_zygote"}
        # What programs like to import. They find it in sys.modules, which is the one thing that they
        # can tell us from a cold start by.
        import bisect, collections, functools, heapq, itertools, math

        import atexit, gc, io

        for name in {"letscode_zygote", "gc"} - before:
            sys.modules.pop(name, None)
        leave_warm_modules_alone(native, atexit, set(sys.modules) - before)
        streams = (sys.stdin, sys.stdout, sys.stderr)
        kept = [(stream.encoding, stream.errors) for stream in streams]
        gc.collect()
        # Nothing that is here now is looked at, and so copied, by a child's collector.
        gc.freeze()
    except BaseException as error:
        native.give_up(repr(error))
    argv, env = native.serve()

    wanted = dict(variable.split("=", 1) for variable in env)
    if wanted != dict(os.environ):
        os.environ.clear()
        os.environ.update(wanted)
    sys.argv[1:] = argv[2:]
    sys.orig_argv[2:] = argv[2:]
    renew_streams(sys, io, kept)
    sys.path_importer_cache.clear()
    renew_main(sys)


def leave_warm_modules_alone(native, atexit, names):
    """At its end Python clears every module; that would copy them all. Those that the program imported
    itself are cleared as usual."""
    import sys

    native.keep([(sys.modules[name], sys.modules[name].__dict__) for name in names])

    def forget(pop=sys.modules.pop, names=tuple(names)):
        for name in names:
            pop(name, None)

    # Registered first, so it runs last.
    atexit.register(forget)


def renew_streams(sys, io, kept):
    """As `create_stdio` in Python's pylifecycle.c: they depend on what the descriptors are."""

    def stream(fd, mode, name, line_buffering):
        encoding, errors = kept[fd]
        buffer = io.open(fd, mode + "b", -1, closefd=False)
        buffer.raw.name = name
        line_buffering = line_buffering or buffer.raw.isatty()
        text = io.TextIOWrapper(buffer, encoding, errors, "\n", line_buffering)
        text.mode = mode
        return text

    sys.stdin = sys.__stdin__ = stream(0, "r", "<stdin>", False)
    sys.stdout = sys.__stdout__ = stream(1, "w", "<stdout>", False)
    sys.stderr = sys.__stderr__ = stream(2, "w", "<stderr>", True)


def renew_main(sys):
    """The collector leaves the frozen one alone for ever: what a program's variables hold would not be
    ended at its end, and files not be written out."""
    old = sys.modules["__main__"]
    new = type(sys)("__main__")
    new.__loader__ = old.__loader__
    new.__annotations__ = {}
    new.__builtins__ = old.__builtins__
    sys.modules["__main__"] = new


become_zygote()
# As if there were none: a cold start finds none here, and so no program does.
raise ImportError("none", name="sitecustomize")
