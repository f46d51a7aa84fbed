print(__annotations__ if "__annotations__" in globals() else "none")
