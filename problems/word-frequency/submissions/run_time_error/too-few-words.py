# Fails: takes it for granted that there are at least k different words.
import re
import sys
from collections import Counter

k, _, text = sys.stdin.read().partition("\n")
counts = Counter(re.findall("[a-z]+", text.lower()))
ranking = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
for i in range(int(k)):
    word, count = ranking[i]
    print(word, count)
