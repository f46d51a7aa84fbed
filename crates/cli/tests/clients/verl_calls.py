"""The calls that verl makes to score a program: one POST /run_code for each test, many at once,
with the time-outs and retries that it has. The first argument is the address."""

import sys
import time
from concurrent.futures import ThreadPoolExecutor

import requests

URL = sys.argv[1] + "/run_code"
SESSION_FREE_HEADERS = {"Content-Type": "application/json", "Accept": "application/json"}


def call(code, stdin, timeout=10, language="python"):
    body = {
        "compile_timeout": timeout,
        "run_timeout": timeout,
        "code": code,
        "stdin": stdin,
        "language": language,
        "files": {},
        "fetch_files": [],
    }
    for attempt in range(3):
        answer = requests.post(
            URL, headers=SESSION_FREE_HEADERS, json=body, timeout=2 * timeout + 10
        )
        if answer.status_code != 504:
            answer.raise_for_status()
            return answer.json()
        time.sleep(attempt + 1)
    raise SystemExit("504 three times")


def score(code, stdin, expected, **more):
    answer = call(code, stdin, **more)
    run, compiled = answer["run_result"], answer["compile_result"]
    if answer["status"] == "SandboxError":
        return "error"
    if compiled and (compiled["status"] != "Finished" or compiled["return_code"] != 0):
        return "compile error"
    if run["status"] == "TimeLimitExceeded":
        return "timeout"
    if run["return_code"] != 0:
        return "runtime error"
    return run["stdout"].rstrip("\n") == expected


DOUBLE = "print(int(input()) * 2)"
assert score(DOUBLE, "21", "42") is True
assert score(DOUBLE, "21", "43") is False
assert score("int main(){return x;}", "", "", language="cpp") == "compile error"
assert score("import time; time.sleep(60)", "", "", timeout=1) == "timeout"
assert score("1/0", "", "") == "runtime error"

# One program on 64 tests, 64 threads; then four different ones, 128 threads.
with ThreadPoolExecutor(64) as pool:
    results = list(pool.map(lambda n: score(DOUBLE, str(n), str(n * 2)), range(64)))
assert results == [True] * 64, results
with ThreadPoolExecutor(128) as pool:
    programs = [f"print(int(input()) + {k})" for k in range(4)]
    jobs = [(programs[n % 4], str(n), str(n + n % 4)) for n in range(128)]
    results = list(pool.map(lambda job: score(*job), jobs))
assert results == [True] * 128, results
print("verl: all calls answered as expected")
