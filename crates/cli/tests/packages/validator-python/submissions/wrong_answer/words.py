print('no numbers at all')
