"""Every Python of a cell imports this at its start. A cell is one process, so the process that
`multiprocessing` starts by the way to clean up shared memory can't be started, and has nothing to do: what a
run leaves is removed with its cell. Without this, `SharedMemory` would fail for want of it."""

import sys


class TrackerFinder:
    """Loads `multiprocessing.resource_tracker` with a tracker that keeps no account; then it is gone."""

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name != "multiprocessing.resource_tracker":
            return None
        sys.meta_path.remove(cls)
        from importlib.util import find_spec

        spec = find_spec(name)
        execute = spec.loader.exec_module

        def exec_module(module):
            execute(module)
            module.ResourceTracker._send = lambda self, command, name, kind: None

        spec.loader.exec_module = exec_module
        return spec


sys.meta_path.insert(0, TrackerFinder)
