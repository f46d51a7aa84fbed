# finds: dynamic_code
print(eval(input()))
