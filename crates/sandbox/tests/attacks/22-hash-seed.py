# attack: predicts the next run's hash seed and random numbers from this one
# expect: exited
# stopped-by: kernel
# exit: 0
# runs: 3
# stdout-differs: yes
import os, random, uuid

print(hash("x") & 0xFFFF)
print(hash("y"), random.random(), os.urandom(4).hex())
