"""The `judge0` SDK, unchanged, against the address in the first argument."""

import sys

import judge0
from judge0 import Client, Filesystem, File, LanguageAlias, Status, Submission

client = Client(sys.argv[1])
assert client.version == "1.13.1", client.version
assert client.is_language_supported(LanguageAlias.PYTHON)
assert not client.is_language_supported(LanguageAlias.JAVA)


def run(**kwargs):
    return judge0.run(client=client, **{"language": LanguageAlias.PYTHON, **kwargs})


# Happy path.
result = run(source_code="print(int(input()) * 2)", stdin="21", expected_output="42")
assert result.status == Status.ACCEPTED, result.status
assert result.stdout == "42\n", result.stdout
assert result.time is not None and result.time >= 0, result.time
assert result.memory > 0 and result.exit_code == 0
assert result.created_at <= result.finished_at

# Compile error.
result = run(source_code="int main(){return x;}", language=LanguageAlias.CPP)
assert result.status == Status.COMPILATION_ERROR, result.status
assert "error" in result.compile_output, result.compile_output
assert result.stdout is None

# Time-out.
result = run(source_code="while True: pass", cpu_time_limit=1)
assert result.status == Status.TIME_LIMIT_EXCEEDED, result.status

# Wrong answer.
result = run(source_code="print(41)", expected_output="42")
assert result.status == Status.WRONG_ANSWER, result.status

# Ends by itself, with an exit code and with a signal.
result = run(source_code="import sys; print('x', file=sys.stderr); sys.exit(3)")
assert result.status == Status.RUNTIME_ERROR_NZEC, result.status
assert (result.exit_code, result.stderr) == (3, "x\n"), result
result = run(source_code="import os; os.abort()")
assert result.status == Status.RUNTIME_ERROR_SIGABRT, result.status

# Arguments, files, and bytes that are no text.
result = run(
    source_code="import sys; print(sys.argv[1:], open('a.txt').read())",
    command_line_arguments="one 'two three'",
    additional_files=Filesystem(content=[File(name="a.txt", content="hi")]),
)
assert result.stdout == "['one', 'two three'] hi\n", result.stdout
result = run(source_code=r"import sys; sys.stdout.buffer.write(b'\xff')")
assert result.stdout == "\\xff", result.stdout

# Several runs, of which the average is reported.
result = run(source_code="print(1)", number_of_runs=3)
assert result.status == Status.ACCEPTED and result.number_of_runs == 3

# Batch: one program on 25 tests, which the SDK sends as two batches.
tests = [(str(n), str(n * 2) if n != 7 else "x") for n in range(25)]
results = judge0.run(
    client=client,
    submissions=Submission(
        source_code="print(int(input()) * 2)", language=LanguageAlias.PYTHON
    ),
    test_cases=tests,
)
statuses = [result.status for result in results]
expected = [Status.WRONG_ANSWER if n == 7 else Status.ACCEPTED for n in range(25)]
assert statuses == expected, statuses
print("judge0: all calls answered as expected")
