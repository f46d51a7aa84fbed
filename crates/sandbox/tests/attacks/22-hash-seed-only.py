# attack: predicts the next run's hash seed from this one
# expect: exited
# stopped-by: kernel
# exit: 0
# runs: 3
# stdout-differs: yes
print(hash("x"), {"a", "b", "c", "d", "e", "f"})
