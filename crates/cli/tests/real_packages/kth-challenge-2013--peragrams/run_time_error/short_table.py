# Fails: the table has no room for the last letters of the alphabet.
count = [0] * 20
for letter in input().strip():
    count[ord(letter) - ord("a")] += 1
print(max(sum(times % 2 for times in count) - 1, 0))
