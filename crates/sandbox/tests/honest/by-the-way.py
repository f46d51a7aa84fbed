# honest: library calls that make a socket, a process or a lock by the way
# stdout: ok
import ctypes.util
import getpass
import grp
import mailbox
import os
import pathlib
import platform
import pwd
import socket
import sqlite3
import syslog
import tarfile
import uuid

assert getpass.getuser() == pwd.getpwuid(os.getuid()).pw_name == "cell" and grp.getgrgid(os.getgid()).gr_name == "cell"
assert os.path.expanduser("~") == "/workspace" and os.path.expanduser("~cell") == "/workspace"
assert os.path.expanduser("~nobody-at-all") == "~nobody-at-all"
assert platform.platform().startswith("Linux") and platform.processor() == "" and platform.uname().node == "cell"
assert uuid.uuid1().version == 1 and uuid.getnode() > 0
ctypes.util.find_library("c")
syslog.syslog("nobody listens")
for name in ("localhost", "example.com"):
    try:
        socket.getaddrinfo(name, 80)
        raise AssertionError
    except socket.gaierror:
        pass

pathlib.Path("file").write_text("x")
assert pathlib.Path("file").owner() == "cell"
with tarfile.open("t.tar", "w") as tar:
    tar.add("file")
    tar.add("/usr/lib/locale/C.utf8")
assert tarfile.open("t.tar").getmember("file").uname == "cell"

database = sqlite3.connect("/tmp/file.db")
assert database.execute("pragma journal_mode=wal").fetchall() == [("wal",)]
database.execute("create table t(x)")
with database:
    database.execute("insert into t values (1)")
assert sqlite3.connect("/tmp/file.db").execute("select x from t").fetchall() == [(1,)]
box = mailbox.mbox("mail")
box.lock()
box.add("text")
box.close()
print("ok")
