"""What has a secret's shape is hidden wherever text from outside becomes text of ours.

The second net: no secret is meant to be there at all. Known are GitHub's tokens, JWTs, private keys, and logins
in URLs and headers, also behind base64 and percent signs.
"""

from __future__ import annotations

import base64
import re
from urllib.parse import unquote

HIDDEN = "[redacted]"

# GitHub's tokens: the old ones, and the long ones with dots and dashes; fine-grained ones.
_TOKEN = r"gh[pousr]_[A-Za-z0-9._-]{%d,}|github_pat_[A-Za-z0-9_]{%d,}"
_JWT = r"eyJ[A-Za-z0-9_-]{10,4096}\.[A-Za-z0-9_-]{10,4096}(?:\.[A-Za-z0-9_-]+){0,3}"
_PEM = (
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----"
    r"(?:.{0,20000}?-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----"
    r"|(?:\s|\\[nr]|[A-Za-z0-9+/=]{16,}|[A-Za-z0-9+/]{1,15}(?=…|\Z))*)"
)
_WHOLE = re.compile("|".join((_TOKEN % (36, 22), _JWT, _PEM)), re.DOTALL)
# In decoded text a piece of a token is enough: base64 is often wrapped in the middle of one.
_PIECE = re.compile("|".join((_TOKEN % (8, 8), _JWT, "-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY")))
_LOGIN = re.compile(r"(?<=://)(?!git@)[^\s/?#@\"'<>\\]{1,512}(?=@)")
_SCHEME = r"(?:(?:bearer|basic|token|digest|negotiate)\s+)?"
_HEADER = re.compile(
    rf"(\bauthorization[\"']?\s{{0,9}}[:=]\s{{0,9}}[\"']?{_SCHEME})[^\s\"'\\,;]+", re.IGNORECASE
)
_BEARER = re.compile(r"(\bbearer\s{1,9})(?=[a-z._~+/-]{0,200}\d)[a-z0-9._~+/=-]{16,}", re.IGNORECASE)
_ENCODED = re.compile(r"[A-Za-z0-9+/_-]{32,}={0,2}")
_HEX = re.compile(r"[0-9a-f]+")
_WORD = re.compile(r"[^\s\"'<>]+")
_MARKS = (
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "eyj",
    "authorization",
    "bearer",
    "-----begin",
    "://",
)
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
_RUN = 32  # a shorter word holds no secret in base64


def redact(text: str) -> str:
    """The text with everything of a secret's shape hidden; text without any is returned as it is."""
    if not _is_suspect(text):
        return text
    text = _WHOLE.sub(HIDDEN, text)
    text = _LOGIN.sub(HIDDEN, text)
    text = _HEADER.sub(rf"\g<1>{HIDDEN}", text)
    text = _BEARER.sub(rf"\g<1>{HIDDEN}", text)
    text = _ENCODED.sub(_unless_base64, text)
    return _WORD.sub(_unless_percent, text) if "%" in text else text


def _is_suspect(text: str) -> bool:
    """Whether there is anything to look at: nearly all text is not, and this is asked of all text."""
    small = text.lower()
    if any(mark in small for mark in _MARKS) or _PERCENT.search(text):
        return True
    return any(len(word) >= _RUN for word in text.split())


def _unless_base64(found: re.Match[str]) -> str:
    """The run; hidden where decoding it, from any digit on, shows a secret."""
    run = found[0].rstrip("=").translate(str.maketrans("-_", "+/"))
    if _HEX.fullmatch(run):  # commits and digests
        return found[0]
    for start in range(4):
        part = run[start:]
        decoded = base64.b64decode(part[: len(part) // 4 * 4]).decode("latin-1")
        if _tells(decoded):
            return HIDDEN
    return found[0]


def _unless_percent(found: re.Match[str]) -> str:
    """The word; hidden where percent signs hide a secret in it, encoded once or twice."""
    plain = found[0]
    for _ in range(2):
        decoded = unquote(plain)
        if decoded == plain:
            break
        plain = decoded
        if _tells(plain):
            return HIDDEN
    return found[0]


def _tells(decoded: str) -> bool:
    return bool(_PIECE.search(decoded) or _LOGIN.search(decoded) or _HEADER.search(decoded))
