print("again\n" * 400_000)
