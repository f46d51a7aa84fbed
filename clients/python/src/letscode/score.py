"""Reward functions: the share of tests that a program passes."""

from __future__ import annotations

from typing import Any, Iterable, Optional

from .asynchronous import AsyncClient
from .client import Client
from .errors import LetscodeError, RunFailed
from .generated.models import Run
from .protocol import TestLike


def fraction(run: Run) -> float:
    """Returns the share of a run's tests that are accepted, from 0.0 to 1.0.

    A program that does not compile scores 0.0. Raises RunFailed if the service failed on a test:
    that is not the program's fault, and must not become a reward.
    """
    if run.compile is not None and not run.compile.success:
        if run.compile.outcome == "sandbox_error":
            raise RunFailed(run.compile.stderr or "the service could not compile the program")
        return 0.0
    verdicts = [test.verdict for test in run.runs if test.verdict is not None]
    if not verdicts:
        raise LetscodeError("no test was judged: give tests an expected output, or a checker")
    if "Internal Error" in verdicts:
        raise RunFailed("the service could not run a test")
    return verdicts.count("Accepted") / len(verdicts)


def score(
    code: str,
    tests: Iterable[TestLike],
    *,
    language: str = "python",
    client: Optional[Client] = None,
    **options: Any,
) -> float:
    """Returns the share of tests that a program passes: ``score("print(input())", [("a", "a")])``.

    ``options`` are those of :meth:`Client.run`, such as ``limits`` and ``compare``.
    """
    if client is None:
        with Client() as own:
            return score(code, tests, language=language, client=own, **options)
    return fraction(client.run(language, code, tests=tests, **options))


async def score_async(
    code: str,
    tests: Iterable[TestLike],
    *,
    language: str = "python",
    client: Optional[AsyncClient] = None,
    **options: Any,
) -> float:
    """As :func:`score`, for programs on asyncio."""
    if client is None:
        async with AsyncClient() as own:
            return await score_async(code, tests, language=language, client=own, **options)
    return fraction(await client.run(language, code, tests=tests, **options))
