"""The calls that Moodle's CodeRunner makes: a run that names files first, the files when they are
missing, and the run again. The first argument is the address."""

import base64
import hashlib
import sys

import requests

BASE = sys.argv[1] + "/jobe/index.php/restapi"
HEADERS = {"Content-Type": "application/json; charset=utf-8", "Accept": "application/json"}


def run(language, source, files=None, **more):
    files = files or {}
    ids = {name: hashlib.md5(content).hexdigest() for name, content in files.items()}
    spec = {
        "language_id": language,
        "sourcecode": source,
        "sourcefilename": {"python3": "__tester__.python3", "cpp": "prog.cpp"}.get(language, ""),
        "input": "",
        "file_list": [[identity, name, False] for name, identity in ids.items()],
        **more,
    }
    answer = requests.post(BASE + "/runs", headers=HEADERS, json={"run_spec": spec})
    if answer.status_code == 404:
        for name, content in files.items():
            url = f"{BASE}/files/{ids[name]}"
            assert requests.head(url, headers=HEADERS).status_code == 404
            body = {"file_contents": base64.b64encode(content).decode()}
            assert requests.put(url, headers=HEADERS, json=body).status_code == 204
            assert requests.head(url, headers=HEADERS).status_code == 204
        answer = requests.post(BASE + "/runs", headers=HEADERS, json={"run_spec": spec})
    assert answer.status_code == 200, (answer.status_code, answer.text)
    return answer.json()


languages = dict(requests.get(BASE + "/languages", headers=HEADERS).json())
assert "python3" in languages and "cpp" in languages, languages

# Happy path, with a file that has to be uploaded.
result = run("python3", "print(open('d.txt').read(), input())", {"d.txt": b"hi"}, input="abc")
assert result["outcome"] == 15 and result["stdout"] == "hi abc\n", result
assert result["cmpinfo"] == "" and result["stderr"] == "", result

# Compile errors, of a compiler and of an interpreter.
result = run("cpp", "int main(){return x;}")
assert result["outcome"] == 11 and "error" in result["cmpinfo"], result
result = run("python3", "print(")
assert result["outcome"] == 11 and "SyntaxError" in result["cmpinfo"], result

# Time-out.
result = run("python3", "while 1: pass", parameters={"cputime": 1})
assert result["outcome"] == 13, result

# A wrong answer is a success here: CodeRunner compares.
result = run("cpp", "#include <iostream>\nint main(){std::cout << 41 << std::endl;}")
assert result["outcome"] == 15 and result["stdout"] == "41\n", result

# Programs that fail, and bytes that are no text.
result = run("python3", "1/0")
assert result["outcome"] == 12 and "ZeroDivisionError" in result["stderr"], result
result = run("python3", r"import sys; sys.stdout.buffer.write(b'a\xff')")
assert result["stdout"] == "a\\xff", result
result = run("nodejs", "console.log('hi')")
assert result["outcome"] == 15 and result["stdout"] == "hi\n", result

# A batch: a question's tests one after another, as CodeRunner runs them.
for number in range(10):
    result = run("python3", f"print({number})")
    assert result["stdout"] == f"{number}\n", result

# Refusals are texts.
answer = requests.post(
    BASE + "/runs", headers=HEADERS, json={"run_spec": {"language_id": "x", "sourcecode": ""}}
)
assert (answer.status_code, answer.json()) == (400, "Language 'x' is not known"), answer.text
print("jobe: all calls answered as expected")
