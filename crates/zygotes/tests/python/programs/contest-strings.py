s = input()
t = s[::-1]
print(s == t, sorted(set(s)), max(s, key=s.count), s.translate(str.maketrans("ab", "xy")))
