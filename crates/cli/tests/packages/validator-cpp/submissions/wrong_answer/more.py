print(1, int(input()) - 1, 'and more')
