"""Results that are not schemas of the server's document."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Mapping, Optional

from .errors import ApiError, LetscodeError
from .generated.models import Run


@dataclass(frozen=True)
class BatchResult:
    """Result of one request of a batch.

    Exactly one of ``run`` and ``error`` is there. ``index`` is the request's place in the batch:
    results come in the order in which they are ready.
    """

    index: int
    run: Optional[Run] = None
    error: Optional[LetscodeError] = None

    @classmethod
    def of_line(cls, line: str) -> "BatchResult":
        """Reads one line of the server's answer."""
        fields: Mapping[str, Any] = json.loads(line)
        index = int(fields["index"])
        problem = fields.get("problem")
        if problem is not None:
            status = int(problem.get("status", 500))
            detail = str(problem.get("detail", problem.get("title", "refused")))
            return cls(index, error=ApiError(status, detail, body=problem))
        return cls(index, run=Run.model_validate(fields))

    def unwrap(self) -> Run:
        """Returns the run, or raises the error."""
        if self.error is not None:
            raise self.error
        assert self.run is not None
        return self.run
