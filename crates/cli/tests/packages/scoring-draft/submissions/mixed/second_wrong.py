print('wrong' if input() == '2' else 'right')
