# attack: output without end
# expect: output_exceeded
# stopped-by: supervisor
while True:
    print("x" * 1000)
