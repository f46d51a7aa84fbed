"""Client for Let'sCode.

    from letscode import Client

    with Client("http://127.0.0.1:3001") as client:
        run = client.run("python", "print(int(input()) * 2)", stdin="21")
        print(run.runs[0].stdout)
"""

from .asynchronous import AsyncClient
from .client import Client
from .errors import ApiError, LetscodeError, RunFailed, Unreachable
from .generated.models import (
    CollectedFile,
    CompileResult,
    Run,
    RunRequest,
    RunTestRequest,
    Submission,
    TestRun,
)
from .results import BatchResult
from .score import fraction, score, score_async

__all__ = [
    "ApiError",
    "AsyncClient",
    "BatchResult",
    "Client",
    "CollectedFile",
    "CompileResult",
    "LetscodeError",
    "Run",
    "RunFailed",
    "RunRequest",
    "RunTestRequest",
    "Submission",
    "TestRun",
    "Unreachable",
    "fraction",
    "score",
    "score_async",
]
