import json
print(json.dumps({"b": [1, 2.5, None, True], "a": "é"}, sort_keys=True), json.loads("[1, {}]"))
json.loads("{")
