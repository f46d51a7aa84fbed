from arithmetic import double
print(double(int(input())))
