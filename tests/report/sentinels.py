"""Secrets of every shape, none of them real: what must never be seen anywhere."""

from __future__ import annotations

import base64
import random
from urllib.parse import quote, quote_plus

_CHANCE = random.Random(41)
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def some(length: int, letters: str = _LETTERS) -> str:
    return "".join(_CHANCE.choice(letters) for _ in range(length))


def jwt() -> str:
    parts = (b'{"alg":"RS256","typ":"JWT"}', b'{"iss":"12345","exp":1767787200}')
    head, body = (base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
    return f"{head}.{body}.{some(86, _LETTERS + '-_')}"


KEY = "\n".join(
    [
        "-----BEGIN RSA PRIVATE KEY-----",
        *(some(64) for _ in range(6)),
        some(30) + "==",
        "-----END RSA PRIVATE KEY-----",
    ]
)
TOKENS = {
    "personal": f"ghp_{some(36)}",
    "oauth": f"gho_{some(36)}",
    "user-to-server": f"ghu_{some(36)}",
    "installation": f"ghs_{some(36)}",
    "refresh": f"ghr_{some(76)}",
    "installation-2026": f"ghs_1234567_{jwt()}",
    "fine-grained": f"github_pat_{some(22)}_{some(59)}",
    "jwt": jwt(),
}


def encodings(secret: str) -> dict[str, str]:
    """A secret as programs and people pass it on."""
    data = secret.encode()
    return {
        "plain": secret,
        "base64": base64.b64encode(data).decode(),
        "base64-url": base64.urlsafe_b64encode(data).decode().rstrip("="),
        "base64-basic": base64.b64encode(b"x-access-token:" + data).decode(),
        "base64-inside": base64.b64encode(b'{"token":"' + data + b'"}').decode(),
        "url": quote(secret, safe=""),
        "url-form": quote_plus(f"token={secret}&x=1"),
        "url-all": "".join(f"%{byte:02X}" for byte in data),
        "url-twice": quote(quote(f" {secret} ", safe=""), safe=""),
    }
