"""A document as JSON text that is safe to print: what a terminal would act on is escaped, secrets are hidden."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from promoter.report.secrets import redact

# Controls beyond ASCII's (JSON escapes those), zero-width, direction, line and tag characters, surrogates.
_UNSEEN = re.compile(
    r"[\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb"
    r"\U000e0000-\U000e007f]"
)


def json_text(document: Mapping[str, Any]) -> str:
    """The document, two-space indented, keys in their order. Raises ValueError for NaN and infinities."""
    text = json.dumps(_redacted(document), indent=2, ensure_ascii=False, allow_nan=False)
    return _UNSEEN.sub(lambda found: json.dumps(found[0])[1:-1], text) + "\n"


def _redacted(value: Any) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {key: _redacted(item) for key, item in value.items()}
    return [_redacted(item) for item in value] if isinstance(value, (list, tuple)) else value
