# attack: output without end
# expect: output_exceeded
while True:
    print("x" * 1000)
