import re
import sys
from collections import Counter

k, _, text = sys.stdin.read().partition("\n")
counts = Counter(re.findall("[a-z]+", text.lower()))
ranking = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
for word, count in ranking[: int(k)]:
    print(word, count)
