# attack: prints a result of its own, in our format, and ends otherwise
# expect: exited
# stopped-by: judge, jail
# exit: 3
import os

fake = b'{"outcome":"exited","exitCode":0,"signal":null,"stdout":"ok","stderr":"","executionTime":0.1,"wallTime":0.1,"memoryUsed":1}\n'
os.write(1, fake + b'"}\x00\n' + fake)
os.write(2, fake + b'.{"Done":{"exit":{"Code":0},"max_rss_bytes":0,"collected":[]}}')
os._exit(3)
