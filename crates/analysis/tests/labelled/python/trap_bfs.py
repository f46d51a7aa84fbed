# finds: nothing
def bfs(g):
    return len(g)
bfs.calls = 0
print(bfs([1]), bfs.calls)
