"""Errors of the client. A program that fails is not an error: it is a result."""

from __future__ import annotations

from typing import Any, Optional


class LetscodeError(Exception):
    """Base of all errors of this package."""


class Unreachable(LetscodeError):
    """The server could not be reached, or the connection broke before the answer was there."""


class ApiError(LetscodeError):
    """The server refused a request.

    ``status`` is the HTTP status, ``detail`` the server's explanation, ``field`` the field of the
    request that it is about, if any, and ``retry_after`` the seconds after which to try again.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        body: Any = None,
        retry_after: Optional[float] = None,
    ) -> None:
        super().__init__(f"{status}: {detail}")
        self.status = status
        self.detail = detail
        self.body = body
        self.retry_after = retry_after


class RunFailed(LetscodeError):
    """A run has no result: the service failed, or the run was cancelled. Trying again may work."""
