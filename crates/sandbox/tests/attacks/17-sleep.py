# attack: sleeps, and catches what would wake it
# expect: wall_time_exceeded
# stopped-by: supervisor
import signal, time

for number in range(1, 65):
    try:
        signal.signal(number, lambda *_: None)
    except (OSError, ValueError):
        pass
while True:
    time.sleep(3600)
