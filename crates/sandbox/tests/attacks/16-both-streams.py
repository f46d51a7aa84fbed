# attack: both streams at once, from two threads, ignoring all errors
# expect: output_exceeded
# stopped-by: supervisor
import os, signal, threading

signal.signal(signal.SIGPIPE, signal.SIG_IGN)

def flood(fd):
    while True:
        try:
            os.write(fd, b"x" * 65536)
        except OSError:
            pass

threading.Thread(target=flood, args=(2,)).start()
flood(1)
