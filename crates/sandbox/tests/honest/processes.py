# honest: what needs a second process gets an error that names the reason
# stdin: subprocess
# stdin: fork
# stdin: multiprocessing
# stdout: PermissionError
import sys

way = input()
try:
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
except PermissionError as error:
    print(type(error).__name__)
