print('wrong' if input() == '0' else 'right')
