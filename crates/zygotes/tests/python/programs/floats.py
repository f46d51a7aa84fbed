print(0.1 + 0.2, 1e16, 1e-7, float("inf"), float("nan"), round(2.5), f"{3.14159:.2f} {12345.678:,.1f} {1e10:g}")
