import warnings
warnings.warn("careful")
"\d"
x = 1 is 1
