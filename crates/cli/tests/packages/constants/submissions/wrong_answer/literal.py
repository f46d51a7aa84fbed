print("{" "{greeting}}", 1000)
