# @EXPECTED_SCORE@: 8
print(4)
