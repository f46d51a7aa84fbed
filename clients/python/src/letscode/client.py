"""The client for ordinary programs."""

from __future__ import annotations

import itertools
import time
from types import TracebackType
from typing import Any, Iterable, Iterator, List, Optional, Type

import httpx
from tqdm import tqdm

from . import protocol
from .errors import LetscodeError, RunFailed
from .generated.models import Run, Submission
from .protocol import RequestLike, TestLike
from .results import BatchResult
from .settings import default_secret, default_url

#: Statuses of a submission that is not going to change.
FINAL_STATUSES = frozenset({"Completed", "Failed", "Cancelled"})


class Client:
    """A connection to a Let'sCode server.

    ``base_url`` is by default ``LETSCODE_URL`` from the environment, or http://127.0.0.1:3001;
    ``secret``, which says whose submissions these are, ``LETSCODE_SECRET``. ``timeout`` is the
    number of seconds to wait for an answer, ``retries`` how often a request is sent again when the
    server is busy or unreachable.
    """

    def __init__(
        self,
        base_url: Optional[str] = None,
        *,
        secret: Optional[str] = None,
        timeout: float = 300.0,
        retries: int = 5,
        transport: Optional[httpx.BaseTransport] = None,
    ) -> None:
        self.retries = retries
        self._http = httpx.Client(
            base_url=base_url or default_url(),
            headers=protocol.headers(secret or default_secret()),
            timeout=httpx.Timeout(timeout, connect=10.0),
            transport=transport,
        )

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes its connections."""
        self._http.close()

    def run(
        self,
        language: str,
        code: Optional[str] = None,
        *,
        tests: Optional[Iterable[TestLike]] = None,
        **fields: Any,
    ) -> Run:
        """Runs one program on any number of tests, and waits for the result.

        A test is a pair of input and expected output, or a mapping with the fields of the server's
        document. ``fields`` are the request's others: ``stdin``, ``args``, ``env``, ``files``,
        ``limits={"cpu_time": 1000}``, ``compare``, ``collect``, …

        Raises ApiError if the request is refused. A program that fails is a result.
        """
        body = protocol.run_fields(language, code, tests=tests, **fields)
        return Run.model_validate(self._post("/api/run", body))

    def run_many(
        self,
        requests: Iterable[RequestLike],
        *,
        progress: bool = False,
    ) -> Iterator[BatchResult]:
        """Runs up to 10,000 programs, and returns results as they are ready.

        ``progress`` shows a bar on standard error.
        """
        requests = protocol.as_list(requests)
        content = b"".join(protocol.lines_of(requests))
        with tqdm(total=len(requests), unit="run", disable=not progress) as bar:
            for line in self._batch_lines(content):
                bar.update()
                yield BatchResult.of_line(line)

    def run_all(self, requests: Iterable[RequestLike], *, progress: bool = False) -> List[Run]:
        """Runs up to 10,000 programs, and returns their results in the order of the requests.

        Raises the error of the first that was refused.
        """
        results = sorted(self.run_many(requests, progress=progress), key=lambda each: each.index)
        return [result.unwrap() for result in results]

    def kept_run(self, run_id: str) -> Run:
        """Returns a run that was made with ``keep_for``."""
        return Run.model_validate(self._get(f"/api/run/{run_id}"))

    def cancel_run(self, run_id: str) -> None:
        """Cancels a run, or forgets one that has ended."""
        self._request("DELETE", f"/api/run/{run_id}")

    def submit(self, problem: str, language: str, code: str, **fields: Any) -> Submission:
        """Submits a solution to a problem, and returns it as it is now: not judged yet."""
        body = {"problemId": problem, "language": language, "code": code}
        body.update((protocol.camel_case(name), value) for name, value in fields.items())
        receipt = self._post("/api/submit", body)
        return self.submission(receipt["submissionId"])

    def submission(self, submission_id: str) -> Submission:
        """Returns a submission with its progress."""
        return Submission.model_validate(self._get(f"/api/submission/{submission_id}"))

    def wait(self, submission_id: str, *, timeout: float = 300.0) -> Submission:
        """Returns a submission when it has been judged."""
        end = time.monotonic() + timeout
        pause = 0.02
        while True:
            submission = self.submission(submission_id)
            if submission.status in FINAL_STATUSES:
                return submission
            if time.monotonic() > end:
                raise RunFailed(f"{submission_id} was not judged within {timeout:g} s")
            time.sleep(pause)
            pause = min(1.0, pause * 1.5)

    def languages(self) -> Any:
        """Returns the languages of the server."""
        return self._get("/api/languages")

    def problems(self) -> Any:
        """Returns the problems of the server."""
        return self._get("/api/problems")

    def config(self) -> Any:
        """Returns the defaults and the maxima of limits."""
        return self._get("/api/config")

    def _get(self, path: str) -> Any:
        return self._request("GET", path).json()

    def _post(self, path: str, body: Any) -> Any:
        return self._request("POST", path, json=body).json()

    def _request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Sends a request, again if the server is busy or could not be reached."""
        for attempt in itertools.count():
            error: LetscodeError
            try:
                response = self._http.request(method, path, **options)
            except httpx.TransportError as cause:
                error = protocol.unreachable(self._http.base_url, cause)
            else:
                if response.is_success:
                    return response
                error = protocol.error_of(response)
            time.sleep(protocol.pause_or_raise(error, method, attempt, self.retries))
        raise AssertionError("a request is answered or raises")

    def _batch_lines(self, content: bytes) -> Iterator[str]:
        """Sends a batch and returns the lines of its answer."""
        sending = {"content": content, "headers": {"content-type": "application/x-ndjson"}}
        for attempt in itertools.count():
            try:
                with self._http.stream("POST", "/api/run/batch", **sending) as response:
                    if response.is_success:
                        yield from (line for line in response.iter_lines() if line)
                        return
                    response.read()
                    error = protocol.error_of(response)
            except httpx.TransportError as cause:
                raise protocol.unreachable(self._http.base_url, cause) from cause
            time.sleep(protocol.pause_or_raise(error, "POST", attempt, self.retries))
