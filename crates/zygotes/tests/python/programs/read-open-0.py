print(sum(int(line.split()[0]) for line in open(0)))
