# attack: the same by a file in memory
# expect: exited
# stopped-by: seccomp
# exit: 0
import errno, os

for flags in (os.MFD_HUGETLB, os.MFD_HUGETLB | os.MFD_HUGE_2MB):
    try:
        os.memfd_create("file", flags)
        print("GOT THROUGH")
    except OSError as error:
        if error.errno != errno.EPERM:
            print("GOT THROUGH:", error)
