print(1 if input() == '1' else 'nothing')
