# finds: nothing
offs = [1, 2]
reopen = 3
fork_count = 4
spawned = 5
executed = 6
print(len(offs), reopen, fork_count, spawned, executed)
