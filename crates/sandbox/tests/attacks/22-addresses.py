# attack: predicts the next run's objects from this one
# expect: exited
# stopped-by: kernel
# exit: 0
# runs: 3
# stdout-differs: yes
print(id(object()))
