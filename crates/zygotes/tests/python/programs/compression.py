import zlib, gzip, bz2, lzma, hashlib, base64
d = b"abc" * 1000
print(len(zlib.compress(d)), zlib.crc32(d), bz2.decompress(bz2.compress(d)) == d, lzma.decompress(lzma.compress(d)) == d, hashlib.sha256(d).hexdigest(), hashlib.md5(d).hexdigest(), base64.b64encode(d[:6]))
