def down(n):
    return 0 if n == 0 else 1 + down(n - 1)


try:
    print(down(5000))
except RecursionError as error:
    print("RecursionError", str(error)[:35])
