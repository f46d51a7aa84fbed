# honest: files of its own, in the workspace and the folder for temporary ones
# stdout: solution.py True 3 b 100
import glob
import mmap
import os
import pathlib
import pickle
import shutil
import sqlite3
import tempfile

with tempfile.NamedTemporaryFile("w+") as file, tempfile.TemporaryDirectory() as folder:
    file.write("abc")
    file.flush()
    file.seek(0)
    assert file.read() == "abc"
    inside = pathlib.Path(folder, "deep", "er")
    inside.mkdir(parents=True)
    (inside / "a").write_text("b")
    shutil.copy(inside / "a", inside / "c")
    os.rename(inside / "c", inside / "d")
    os.symlink("d", inside / "link")
    names = sorted(os.listdir(inside))
    shutil.copytree(folder, folder + ".copy")
    pickle.dump({"x": 1}, open(inside / "p", "wb"))
    text = (inside / "link").read_text()
    with open(inside / "m", "w+b") as mapped:
        mapped.truncate(4096)
        with mmap.mmap(mapped.fileno(), 4096) as view:
            view[:3] = b"100"
    number = (inside / "m").read_bytes()[:3].decode()
assert not os.path.exists(folder)
assert glob.glob("/workspace/*.py") and os.getcwd() == "/workspace" and os.path.expanduser("~") == "/workspace"
base = sqlite3.connect(":memory:")
base.execute("create table t (a)")
os.chmod("/workspace", 0o700)
print(os.path.basename(__file__), shutil.disk_usage("/tmp").free > 1 << 20, len(names), text, number)
