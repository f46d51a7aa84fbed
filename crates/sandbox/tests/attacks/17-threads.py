# attack: threads that burn CPU outside the interpreter's lock
# expect: cpu_time_exceeded
# stopped-by: supervisor, cgroups
import hashlib, threading

def burn():
    while True:
        hashlib.pbkdf2_hmac("sha512", b"x", b"y", 10000000)

for _ in range(4):
    threading.Thread(target=burn).start()
