# Wrong: always takes the next letter of the first string that still occurs in the second.
a = input().strip()
b = input().strip()

kept = 0
position = 0
for letter in a:
    found = b.find(letter, position)
    if found >= 0:
        kept += 1
        position = found + 1
print(kept)
