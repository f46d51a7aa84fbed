exec("y = 5"); print(y, eval("y + 1"))
code = compile("1 /0", "<made>", "eval")
eval(code)
