"""Tests with a real server at LETSCODE_URL; the project's `clients` test starts one."""

import asyncio
import os

import pytest

import letscode
from letscode import ApiError, AsyncClient, Client, LetscodeError, Unreachable, fraction, score

DOUBLE = "print(int(input()) * 2)"
TESTS = [("1", "2"), ("2", "4"), ("3", "7")]

if "LETSCODE_URL" not in os.environ:
    pytest.skip("LETSCODE_URL names no server", allow_module_level=True)


@pytest.fixture
def client():
    with Client() as client:
        yield client


def test_runs_a_program(client):
    run = client.run("python", DOUBLE, stdin="21")
    assert run.status == "Completed"
    assert run.runs[0].stdout == "42\n"
    assert run.runs[0].exit_code == 0


def test_compiles_once_for_all_tests(client):
    source = "#include <iostream>\nint main() { int n; std::cin >> n; std::cout << 2 * n; }"
    run = client.run("cpp", source, tests=TESTS)
    assert [test.verdict for test in run.runs] == ["Accepted", "Accepted", "Wrong Answer"]
    assert fraction(run) == pytest.approx(2 / 3)


def test_mistakes_of_programs_are_results(client):
    run = client.run("cpp", "int main() { return x; }")
    assert run.compile is not None and not run.compile.success
    assert "x" in run.compile.stderr + run.compile.stdout
    run = client.run("python", "while True: pass", limits={"cpu_time": 300})
    assert run.runs[0].outcome == "cpu_time_exceeded"


def test_refusals_are_errors_with_a_reason(client):
    with pytest.raises(ApiError) as refusal:
        client.run("cobol", "x")
    assert refusal.value.status == 400
    assert "cobol" in refusal.value.detail
    with pytest.raises(ApiError) as refusal:
        client.run("python", "1", no_such_field=1)
    assert "noSuchField" in refusal.value.detail


def test_batches_return_every_result(client):
    requests = [
        {"language": "python", "code": DOUBLE, "stdin": str(number)} for number in range(50)
    ]
    runs = client.run_all(requests)
    assert [run.runs[0].stdout for run in runs] == [f"{2 * number}\n" for number in range(50)]
    results = list(client.run_many(requests[:2] + [{"language": "cobol", "code": "x"}]))
    assert sorted(result.index for result in results) == [0, 1, 2]
    refused = next(result for result in results if result.index == 2)
    assert refused.error.status == 400
    with pytest.raises(ApiError):
        refused.unwrap()


def test_scores_are_shares_of_tests(client):
    assert score(DOUBLE, TESTS, client=client) == pytest.approx(2 / 3)
    assert score("print(", TESTS, client=client) == 0.0
    assert score(DOUBLE, TESTS[:2]) == 1.0
    with pytest.raises(LetscodeError):
        score(DOUBLE, [{"stdin": "1"}], client=client)


def test_submissions_are_judged(client):
    submission = client.submit("aplusb", "python", "print(sum(map(int, input().split())))")
    judged = client.wait(str(submission.id))
    assert judged.status == "Completed"
    assert judged.verdict is not None


def test_asynchronous_client():
    async def main():
        async with AsyncClient() as client:
            runs = await asyncio.gather(
                *(client.run("python", DOUBLE, stdin=str(number)) for number in range(8))
            )
            assert [run.runs[0].stdout for run in runs] == [f"{2 * n}\n" for n in range(8)]
            batch = await client.run_all([{"language": "python", "code": "print(1)"}] * 3)
            assert all(run.runs[0].stdout == "1\n" for run in batch)
            assert await letscode.score_async(DOUBLE, TESTS, client=client) < 1

    asyncio.run(main())


def test_servers_that_are_not_there():
    with Client("http://127.0.0.1:9", retries=0) as client:
        with pytest.raises(Unreachable):
            client.run("python", "1")
