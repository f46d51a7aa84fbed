# honest: what needs a second process ends with an outcome that names the reason
# stdin: subprocess
# stdin: fork
# stdin: multiprocessing
# expect: syscall_denied
import sys

way = input()
if way == "subprocess":
    import subprocess

    subprocess.run(["ls"], check=True)
elif way == "fork":
    import os

    os.fork()
else:
    import multiprocessing

    with multiprocessing.Pool(2) as pool:
        print(pool.map(abs, [-1]))
