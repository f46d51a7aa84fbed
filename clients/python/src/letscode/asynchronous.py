"""The client for programs on asyncio."""

from __future__ import annotations

import asyncio
import itertools
import time
from types import TracebackType
from typing import Any, AsyncIterator, Iterable, List, Optional, Type

import httpx
from tqdm import tqdm

from . import protocol
from .client import FINAL_STATUSES
from .errors import LetscodeError, RunFailed
from .generated.models import Run, Submission
from .protocol import RequestLike, TestLike
from .results import BatchResult
from .settings import default_secret, default_url


class AsyncClient:
    """As :class:`letscode.Client`, with methods that are awaited."""

    def __init__(
        self,
        base_url: Optional[str] = None,
        *,
        secret: Optional[str] = None,
        timeout: float = 300.0,
        retries: int = 5,
        transport: Optional[httpx.AsyncBaseTransport] = None,
    ) -> None:
        self.retries = retries
        self._http = httpx.AsyncClient(
            base_url=base_url or default_url(),
            headers=protocol.headers(secret or default_secret()),
            timeout=httpx.Timeout(timeout, connect=10.0, pool=None),
            transport=transport,
        )

    async def __aenter__(self) -> "AsyncClient":
        return self

    async def __aexit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes its connections."""
        await self._http.aclose()

    async def run(
        self,
        language: str,
        code: Optional[str] = None,
        *,
        tests: Optional[Iterable[TestLike]] = None,
        **fields: Any,
    ) -> Run:
        """Runs one program on any number of tests, and waits for the result."""
        body = protocol.run_fields(language, code, tests=tests, **fields)
        return Run.model_validate(await self._post("/api/run", body))

    async def run_many(
        self,
        requests: Iterable[RequestLike],
        *,
        progress: bool = False,
    ) -> AsyncIterator[BatchResult]:
        """Runs up to 10,000 programs, and returns results as they are ready."""
        requests = protocol.as_list(requests)
        content = b"".join(protocol.lines_of(requests))
        with tqdm(total=len(requests), unit="run", disable=not progress) as bar:
            async for line in self._batch_lines(content):
                bar.update()
                yield BatchResult.of_line(line)

    async def run_all(
        self, requests: Iterable[RequestLike], *, progress: bool = False
    ) -> List[Run]:
        """Runs up to 10,000 programs, and returns their results in the order of the requests."""
        results = [result async for result in self.run_many(requests, progress=progress)]
        results.sort(key=lambda each: each.index)
        return [result.unwrap() for result in results]

    async def kept_run(self, run_id: str) -> Run:
        """Returns a run that was made with ``keep_for``."""
        return Run.model_validate(await self._get(f"/api/run/{run_id}"))

    async def cancel_run(self, run_id: str) -> None:
        """Cancels a run, or forgets one that has ended."""
        await self._request("DELETE", f"/api/run/{run_id}")

    async def submit(self, problem: str, language: str, code: str, **fields: Any) -> Submission:
        """Submits a solution to a problem, and returns it as it is now: not judged yet."""
        body = {"problemId": problem, "language": language, "code": code}
        body.update((protocol.camel_case(name), value) for name, value in fields.items())
        receipt = await self._post("/api/submit", body)
        return await self.submission(receipt["submissionId"])

    async def submission(self, submission_id: str) -> Submission:
        """Returns a submission with its progress."""
        return Submission.model_validate(await self._get(f"/api/submission/{submission_id}"))

    async def wait(self, submission_id: str, *, timeout: float = 300.0) -> Submission:
        """Returns a submission when it has been judged."""
        end = time.monotonic() + timeout
        pause = 0.02
        while True:
            submission = await self.submission(submission_id)
            if submission.status in FINAL_STATUSES:
                return submission
            if time.monotonic() > end:
                raise RunFailed(f"{submission_id} was not judged within {timeout:g} s")
            await asyncio.sleep(pause)
            pause = min(1.0, pause * 1.5)

    async def languages(self) -> Any:
        """Returns the languages of the server."""
        return await self._get("/api/languages")

    async def problems(self) -> Any:
        """Returns the problems of the server."""
        return await self._get("/api/problems")

    async def config(self) -> Any:
        """Returns the defaults and the maxima of limits."""
        return await self._get("/api/config")

    async def _get(self, path: str) -> Any:
        return (await self._request("GET", path)).json()

    async def _post(self, path: str, body: Any) -> Any:
        return (await self._request("POST", path, json=body)).json()

    async def _request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Sends a request, again if the server is busy or could not be reached."""
        for attempt in itertools.count():
            error: LetscodeError
            try:
                response = await self._http.request(method, path, **options)
            except httpx.TransportError as cause:
                error = protocol.unreachable(self._http.base_url, cause)
            else:
                if response.is_success:
                    return response
                error = protocol.error_of(response)
            await asyncio.sleep(protocol.pause_or_raise(error, method, attempt, self.retries))
        raise AssertionError("a request is answered or raises")

    async def _batch_lines(self, content: bytes) -> AsyncIterator[str]:
        """Sends a batch and returns the lines of its answer."""
        sending = {"content": content, "headers": {"content-type": "application/x-ndjson"}}
        for attempt in itertools.count():
            try:
                async with self._http.stream("POST", "/api/run/batch", **sending) as response:
                    if response.is_success:
                        async for line in response.aiter_lines():
                            if line:
                                yield line
                        return
                    await response.aread()
                    error = protocol.error_of(response)
            except httpx.TransportError as cause:
                raise protocol.unreachable(self._http.base_url, cause) from cause
            await asyncio.sleep(protocol.pause_or_raise(error, "POST", attempt, self.retries))
