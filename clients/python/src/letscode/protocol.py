"""Requests and answers without input and output: shared by both clients."""

from __future__ import annotations

import json
import random
from typing import Any, Iterable, List, Mapping, Optional, Sequence, Union

import httpx

from .errors import ApiError, LetscodeError, Unreachable
from .generated.models import RunRequest, RunTestRequest

#: A test: an object, an (input, expected output) pair, or an object's fields.
TestLike = Union[RunTestRequest, Mapping[str, Any], Sequence[str]]
#: A request of a batch: an object, or its fields.
RequestLike = Union[RunRequest, Mapping[str, Any]]

#: Answers after which the same request may succeed.
RETRIED_STATUSES = frozenset({429, 502, 503, 504})
#: The longest pause between two attempts, in seconds.
LONGEST_PAUSE = 30.0


def test_fields(test: TestLike) -> "dict[str, Any]":
    """Returns a test's fields as the server reads them."""
    if isinstance(test, RunTestRequest):
        return test.model_dump(by_alias=True, exclude_none=True)
    if isinstance(test, Mapping):
        return dict(test)
    stdin, expected = test
    return {"stdin": stdin, "expected": expected}


def run_fields(
    language: str,
    code: Optional[str] = None,
    *,
    tests: Optional[Iterable[TestLike]] = None,
    **fields: Any,
) -> "dict[str, Any]":
    """Returns the body of ``POST /api/run``.

    Names are accepted as Python writes them (``stop_on_failure``) and as the server does.
    """
    body: dict[str, Any] = {"language": language}
    if code is not None:
        body["code"] = code
    if tests is not None:
        body["tests"] = [test_fields(test) for test in tests]
    for name, value in fields.items():
        if value is not None:
            body[camel_case(name)] = camel_keys(value)
    return body


def request_fields(request: RequestLike) -> "dict[str, Any]":
    """Returns the body of one request of a batch."""
    if isinstance(request, RunRequest):
        return request.model_dump(by_alias=True, exclude_none=True)
    fields = dict(request)
    return run_fields(fields.pop("language"), fields.pop("code", None), **fields)


def camel_case(name: str) -> str:
    """Returns ``keepFor`` for ``keep_for``."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def camel_keys(value: Any) -> Any:
    """Spells the keys of an object's fields, such as limits, as the server does."""
    if isinstance(value, Mapping):
        return {camel_case(key): inner for key, inner in value.items()}
    return value


def headers(secret: Optional[str]) -> "dict[str, str]":
    """Returns the headers of every request."""
    result = {"user-agent": "letscode-python/0.2.0"}
    if secret is not None:
        result["authorization"] = f"Bearer {secret}"
    return result


def error_of(response: httpx.Response) -> ApiError:
    """Returns the error that a refused request's answer describes. The body has been read."""
    try:
        body = response.json()
    except ValueError:
        body = None
    detail = response.reason_phrase or "refused"
    if isinstance(body, dict):
        detail = str(body.get("detail") or body.get("title") or body.get("error") or detail)
    return ApiError(
        response.status_code,
        detail,
        body=body,
        retry_after=retry_after(response),
    )


def retry_after(response: httpx.Response) -> Optional[float]:
    """Returns the seconds that the server asks to wait for."""
    value = response.headers.get("retry-after")
    try:
        return max(0.0, float(value)) if value is not None else None
    except ValueError:
        return None


def unreachable(base_url: object, cause: httpx.TransportError) -> Unreachable:
    """Returns the error for a connection that could not be made, or broke."""
    error = Unreachable(f"{base_url}: {cause}")
    error.__cause__ = cause
    return error


def pause_or_raise(error: LetscodeError, method: str, attempt: int, retries: int) -> float:
    """Returns the seconds before the request is sent again, or raises the error if it is not: what
    may have been done already, or is refused for good, is not sent again."""
    if isinstance(error, ApiError):
        is_retried, asked = error.status in RETRIED_STATUSES, error.retry_after
    else:
        is_retried = method == "GET" or isinstance(error.__cause__, httpx.ConnectError)
        asked = None
    if not is_retried or attempt >= retries:
        raise error
    return pause_before(attempt, asked)


def pause_before(attempt: int, asked: Optional[float]) -> float:
    """Returns the seconds before another attempt: what the server asks for, or twice as long each
    time, spread so that many clients don't return at once."""
    spread = random.uniform(0.5, 1.0)
    if asked is not None:
        return min(asked, LONGEST_PAUSE) + 0.1 * spread
    return min(0.1 * 2**attempt, LONGEST_PAUSE) * spread


def lines_of(requests: Iterable[RequestLike]) -> Iterable[bytes]:
    """Returns the lines of a batch's body."""
    for request in requests:
        yield json.dumps(request_fields(request), ensure_ascii=False).encode() + b"\n"


def as_list(requests: Iterable[RequestLike]) -> "List[RequestLike]":
    """Returns the requests of a batch as a list, so that their number is known."""
    return requests if isinstance(requests, list) else list(requests)
