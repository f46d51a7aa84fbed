print("no input is read")
