value = 8
