# honest: time zones
# stdout: ok
import datetime
import os
import time
import zoneinfo

summer = datetime.datetime(2024, 7, 1, 12, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin"))
assert summer.utcoffset() == datetime.timedelta(hours=2)
assert "Asia/Tokyo" in zoneinfo.available_timezones()
assert time.localtime(1720000000).tm_hour == 9, "UTC, unless told otherwise"
os.environ["TZ"] = "Asia/Kolkata"
time.tzset()
assert time.strftime("%H:%M %Z", time.localtime(1720000000)) == "15:16 IST"
print("ok")
