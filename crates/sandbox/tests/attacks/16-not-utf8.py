# attack: output that is no text: bytes that are not UTF-8, control characters, half a megabyte of them
# expect: exited
# stopped-by: judge
# exit: 0
import os

block = bytes(range(256)) * 2000
os.write(1, block[:65536])
os.write(1, b"\xff\xfe\xed\xa0\x80" * 50000)
os.write(2, b"\x1b]0;owned\x07\x00\x85" * 10000)
