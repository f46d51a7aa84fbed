import unicodedata, re, json, string
text = input()
print(len(text), text.upper(), text[::-1], sorted(set(text)))
print(json.dumps({"t": text}), re.findall(r"\w+", text), unicodedata.name(text[0]), string.ascii_lowercase[:3])
