# honest: clocks, sleeping, dates, alarms
# stdout: 2024-02-29 True True caught
import calendar
import datetime
import signal
import time

before = time.perf_counter(), time.process_time(), time.time(), time.monotonic(), time.thread_time()
time.sleep(0.01)
assert time.perf_counter() - before[0] >= 0.009
time.strftime("%Y", time.localtime())
assert datetime.datetime.now().tzinfo is None and datetime.datetime.now(datetime.timezone.utc).year > 2000
told = []
signal.signal(signal.SIGALRM, lambda *_: told.append("caught"))
signal.setitimer(signal.ITIMER_REAL, 0.01)
signal.pause()
day = datetime.date(2024, 2, 28) + datetime.timedelta(days=1)
print(day, calendar.isleap(2024), time.time() > before[2], told[0])
