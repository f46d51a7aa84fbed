open("nowhere/at/all")
