# attack: the classic chroot break-out
# expect: syscall_denied
# stopped-by: seccomp
import os

os.mkdir("x")
os.chroot("x")
for _ in range(50):
    os.chdir("..")
os.chroot(".")
print("GOT THROUGH:", os.listdir("/"))
