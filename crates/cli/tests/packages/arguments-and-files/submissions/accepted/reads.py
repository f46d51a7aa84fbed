import os
import sys
words = sys.argv[1:]
if os.path.exists('table.txt'):
    words.append(open('table.txt').read().strip())
print(*(words or ['none']))
