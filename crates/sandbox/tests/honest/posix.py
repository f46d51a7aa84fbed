# honest: the calls of the os module on files, signals and itself
# stdin: 7
# stdout: ok
import array
import fcntl
import mmap
import os
import select
import signal
import termios

size = array.array("i", [0])
fcntl.ioctl(0, termios.FIONREAD, size)
assert size[0] == 2 and select.select([0], [], [], 0)[0] == [0]
os.mkdir("d")
folder = os.open("d", os.O_RDONLY)
file = os.open("d/f", os.O_RDWR | os.O_CREAT)
assert os.pwrite(file, b"abc", 0) == 3 and os.pread(file, 1, 1) == b"b"
assert os.pwritev(file, [b"de", b"f"], 3) == 3 and os.writev(file, [b"a"]) == 1
one, two = bytearray(2), bytearray(1)
assert os.preadv(file, [one, two], 1) == 3 and os.readv(file, [one]) == 2 and (one, two) == (b"bc", b"d")
os.posix_fallocate(file, 0, 4096)
os.posix_fadvise(file, 0, 0, os.POSIX_FADV_SEQUENTIAL)
os.fsync(file)
os.fdatasync(file)
with mmap.mmap(file, 4096) as view:
    view[0] = 1
    view.flush()
os.mkdir("in", dir_fd=folder)
os.symlink("f", "s", dir_fd=folder)
os.link("f", "h", src_dir_fd=folder, dst_dir_fd=folder)
os.rename("h", "r", src_dir_fd=folder, dst_dir_fd=folder)
assert os.readlink("s", dir_fd=folder) == "f" and os.access("f", os.R_OK, dir_fd=folder)
assert os.fstatvfs(folder).f_bsize > 0 and os.stat("r", dir_fd=folder).st_nlink == 2
os.chdir("d")
os.fchdir(folder)
os.chdir("/workspace")
os.closerange(100, 200)
os.set_inheritable(os.dup2(file, 50), True)
reader, writer = os.pipe()
os.set_blocking(reader, False)
with select.epoll() as events:
    events.register(reader, select.EPOLLIN)
    os.write(writer, b"x")
    assert events.poll(1) == [(reader, select.EPOLLIN)]

signal.signal(signal.SIGALRM, lambda *_: None)
signal.alarm(100)
assert signal.getitimer(signal.ITIMER_REAL)[0] > 90 and signal.alarm(0) > 90
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
os.kill(os.getpid(), signal.SIGUSR1)
assert signal.sigpending() == {signal.SIGUSR1} and signal.sigwait([signal.SIGUSR1]) == signal.SIGUSR1
assert os.times().user >= 0 and os.getpgrp() and os.getpgid(0) and os.getsid(0)
assert len(os.getresuid()) == len(os.getresgid()) == 3 and isinstance(os.getgroups(), list)


# What is not for it: an error that says so, and never the end.
def refused(call, *args, **options):
    try:
        call(*args, **options)
    except OSError:
        return
    raise AssertionError(call)


for lock in (fcntl.flock, fcntl.lockf):
    lock(file, fcntl.LOCK_EX)
refused(os.mkfifo, "pipe")
refused(os.nice, 1)
refused(os.setpriority, os.PRIO_PROCESS, 0, 1)
refused(os.sched_setaffinity, 0, {0})
refused(os.sched_setscheduler, 0, os.SCHED_OTHER, os.sched_param(0))
refused(os.chown, "d/f", 0, 0)
refused(os.fchown, file, 0, 0)
refused(os.lchown, "d/f", 0, 0)
refused(os.chown, "f", 0, 0, dir_fd=folder)
for where, options in (("d/f", {}), ("d/f", {"follow_symlinks": False}), (file, {})):
    refused(os.setxattr, where, "user.x", b"1", **options)
    refused(os.getxattr, where, "user.x", **options)
    refused(os.listxattr, where, **options)
for identity in (os.setuid, os.setgid):
    refused(identity, 0)
for identity in (os.setreuid, os.setregid, os.setpgid):
    refused(identity, 0, 0)
for identity in (os.setresuid, os.setresgid):
    refused(identity, 0, 0, 0)
refused(os.setgroups, [])
refused(os.setsid)
print("ok")
