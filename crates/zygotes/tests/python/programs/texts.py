print("ß".upper(), "a,b".split(","), "{:>8}|{:^8}|{:<8}".format(1, 2, 3), "%05d %x %s" % (42, 255, None), "x".join("abc"), b"ab".hex(), "é".encode("latin-1"))
import string, textwrap, unicodedata
print(string.ascii_letters, textwrap.fill("a b c d e f", 5), unicodedata.name("é"))
