import locale
print(locale.setlocale(locale.LC_ALL, "C"), locale.setlocale(locale.LC_ALL, ""))
