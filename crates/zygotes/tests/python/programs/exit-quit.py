quit(5)
