print('right')
