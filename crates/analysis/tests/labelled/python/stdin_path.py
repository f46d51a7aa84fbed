# finds: nothing
with open('/dev/stdin') as f:
    print(sum(map(int, f.read().split())))
