import sys, io
sys.stdout = io.StringIO()
print("hidden")
text = sys.stdout.getvalue()
sys.stdout = sys.__stdout__
print("seen", text)
