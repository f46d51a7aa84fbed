"""Settings from the environment."""

from __future__ import annotations

import os
from typing import Optional


def default_url() -> str:
    """Returns the server's address."""
    return os.environ.get("LETSCODE_URL", "http://127.0.0.1:3001")


def default_secret() -> Optional[str]:
    """Returns the user's secret, if there is one."""
    return os.environ.get("LETSCODE_SECRET") or None
