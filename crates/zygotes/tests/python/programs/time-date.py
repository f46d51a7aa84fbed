import datetime
print(datetime.date(2024, 2, 29) + datetime.timedelta(366), datetime.datetime(2000, 1, 1).strftime("%A %d %B %Y"))
