"""The last net before a terminal or a log: no secret that this run knows, and nothing of a secret's shape."""

from __future__ import annotations

import os

from promoter.report.known import hide, known_secrets
from promoter.report.secrets import redact


def without_secrets(text: str) -> str:
    """A message whose words came from anywhere."""
    return redact(without_known(text))


def without_known(text: str) -> str:
    """A finished report: what has a secret's shape was hidden when it was written."""
    return hide(text, known_secrets(os.environ))
