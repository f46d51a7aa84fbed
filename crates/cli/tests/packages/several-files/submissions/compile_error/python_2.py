n = int(raw_input())
print 2 * n
