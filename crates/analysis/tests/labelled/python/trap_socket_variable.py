# finds: nothing
socket = 3
fetch = 4
print(socket + fetch)
