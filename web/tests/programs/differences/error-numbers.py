try:
    open('absent')
except OSError as error:
    print(error.errno)
