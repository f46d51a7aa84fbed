import re
print(re.findall(r"(\w)(\d+)", "a12 b3"), re.sub(r"\s+", " ", "a  b \n c"), re.compile(r"(?P<y>\d{4})").search("in 1999")["y"])
