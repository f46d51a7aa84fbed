# honest: text, formats, locale and characters outside of ASCII
# stdin: naïve 日本 🦀
# stdout: naïve 日本 🦀|9|{"a": [1, null]}|ab
import hashlib
import json
import locale
import re
import string
import struct
import sys
import unicodedata
import zlib

locale.setlocale(locale.LC_ALL, "")
line = input()
words = re.findall(r"\w+", line)
assert words[:2] == ["naïve", "日本"] and sys.stdout.encoding.lower() == "utf-8"
assert unicodedata.name("日").startswith("CJK") and string.ascii_lowercase[0] == "a"
assert struct.unpack("<I", struct.pack("<I", 7)) == (7,)
assert zlib.decompress(zlib.compress(b"x" * 1000)) == b"x" * 1000
assert hashlib.sha256(b"").hexdigest().startswith("e3b0c442")
print(line, len(words[0]) * 2 - 1, json.dumps({"a": [1, None]}), re.sub(r"(b)(a)", r"\2\1", "ba"), sep="|")
