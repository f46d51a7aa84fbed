print(1, int(input()) - 1, flush=True)
raise SystemExit(3)
