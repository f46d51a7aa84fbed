import time
a, b = time.time(), time.monotonic()
time.sleep(0.02)
print(time.time() > a, time.monotonic() - b > 0.015, time.process_time() < 5, time.tzname, time.timezone)
