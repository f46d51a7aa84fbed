# attack: learns of the host by its mount table: where the judge's files and the people's homes are
# expect: exited
# stopped-by: filesystem, namespaces
# exit: 0
import os, sys

table = open("/proc/self/mountinfo").read()
for word in ("/root/", "/home/", "letscode", "/var/", "docker", "kubelet"):
    if word in table:
        print("GOT THROUGH:", word)
        sys.exit(1)
if "letscode" in open("/proc/self/cgroup").read():
    print("GOT THROUGH: the control group's name")
    sys.exit(1)
