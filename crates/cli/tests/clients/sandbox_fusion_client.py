"""The `sandbox-fusion` client, unchanged, against the address in the first argument."""

import asyncio
import base64
import sys

from sandbox_fusion import (
    CommandRunStatus,
    RunCodeRequest,
    RunStatus,
    SubmitRequest,
    TestConfig,
    run_code,
    run_code_async,
    run_concurrent,
    set_endpoint,
    submit,
    submit_safe,
)

set_endpoint(sys.argv[1])


def run(**kwargs):
    request = RunCodeRequest(**{"language": "python", **kwargs})
    return run_code(request, max_attempts=1, client_timeout=60)


# Happy path.
result = run(code="print(int(input())*2)", stdin="21\n")
assert result.status == RunStatus.Success, result
assert result.run_result.stdout == "42\n", result
assert result.compile_result is None and result.run_result.return_code == 0

# Compile error.
result = run(code="int main(){return x;}", language="cpp")
assert result.status == RunStatus.Failed, result
assert result.run_result is None
assert result.compile_result.return_code != 0 and "error" in result.compile_result.stderr

# Time-out, with what was written until then.
endless = "print('begun', flush=True)\nimport time\ntime.sleep(60)"
result = run(code=endless, run_timeout=1)
assert result.status == RunStatus.Failed, result
assert result.run_result.status == CommandRunStatus.TimeLimitExceeded, result
assert result.run_result.return_code is None and result.run_result.stdout == "begun\n"

# Ends by itself: an exception, a mistake in the syntax, a signal.
result = run(code="raise ValueError('x')")
assert result.run_result.return_code == 1 and "ValueError" in result.run_result.stderr
result = run(code="print(")
assert result.compile_result is None and "SyntaxError" in result.run_result.stderr, result
result = run(code="import os; os.abort()")
assert result.run_result.return_code == -6, result

# Other languages.
for language, code in [
    ("cpp", "#include <cstdio>\nint main(){puts(\"hi\");}"),
    ("nodejs", "console.log('hi')"),
]:
    result = run(code=code, language=language)
    assert result.status == RunStatus.Success and result.run_result.stdout == "hi\n", result

# Files in and out.
result = run(
    code="open('out.bin','wb').write(open('d/in.bin','rb').read()[::-1])",
    files={"d/in.bin": base64.b64encode(b"\x00\xff").decode()},
    fetch_files=["out.bin"],
)
assert base64.b64decode(result.files["out.bin"]) == b"\xff\x00", result

# Languages that are not there are refused.
try:
    run(code="x", language="java")
    raise SystemExit("java was accepted")
except Exception as error:
    assert "422" in str(error) and "language" in str(error), error


def submission(completion, **extra):
    test = [
        {"input": {"stdin": f"{n}\n"}, "output": {"stdout": f"{n + 1}\n"}} for n in range(3)
    ]
    return SubmitRequest(
        dataset="any",
        id=7,
        completion=completion,
        config=TestConfig(
            dataset_type="CommonOJDataset",
            language="python",
            provided_data={"id": 7, "content": "", "labels": {}, "test": test},
            extra=extra,
        ),
    )


# Right and wrong answers.
result = submit(submission("```python\nprint(int(input())+1)\n```"), max_attempts=1)
assert result.accepted and result.extracted_type == "fenced", result
assert [test.passed for test in result.tests] == [True] * 3
result = submit(submission("```python\nprint(1)\n```"), max_attempts=1)
assert not result.accepted and [test.passed for test in result.tests] == [True, False]
result = submit(submission("```python\nprint(1)\n```", run_all_cases=True), max_attempts=1)
assert [test.passed for test in result.tests] == [True, False, False], result
result = submit_safe(submission("I don't know."), max_attempts=1)
assert not result.accepted and result.extracted_type == "empty", result

# Batch: sync in threads, and async.
requests = [
    RunCodeRequest(code=f"print({n} + int(input()))", language="python", stdin="1")
    for n in range(32)
]
results = run_concurrent(run_code, [[request] for request in requests], concurrency=16)
assert [result.run_result.stdout for result in results] == [f"{n + 1}\n" for n in range(32)]


async def all_at_once():
    return await asyncio.gather(*(run_code_async(request) for request in requests))


results = asyncio.run(all_at_once())
assert all(result.status == RunStatus.Success for result in results)
print("sandbox-fusion: all calls answered as expected")
