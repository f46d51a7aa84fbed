print('wrong' if input() == '3' else 'right')
