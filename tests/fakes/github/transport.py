"""Git's smart HTTP on the fake GitHub: `git http-backend` over the same bare repository, behind the same tokens."""

from __future__ import annotations

import base64
import binascii
import subprocess
from collections.abc import Mapping
from urllib.parse import urlsplit

from tests.fakes.github.hub import Hub
from tests.fakes.github.state import Token


def is_git(hub: Hub, path: str) -> bool:
    """Whether this path is the repository's, for git."""
    return path.startswith((f"/{hub.full_name}.git/", f"/{hub.full_name}/info/refs"))


def serve(
    hub: Hub, method: str, target: str, headers: Mapping[str, str], raw: bytes
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of one request of git's."""
    token = _token(hub, headers.get("authorization", ""))
    if token is None:
        return 401, {"WWW-Authenticate": 'Basic realm="GitHub"'}, b"Repository not found.\n"
    parts = urlsplit(target)
    push = "git-receive-pack" in target
    need = "write" if push else "read"
    granted = token.permissions.get("contents", "none")
    if granted == "none" or (push and granted != "write"):
        return 403, {}, f"Write access to repository not granted ({need}).\n".encode()
    with hub.lock:
        answer = _backend(hub, method, parts.path, parts.query, headers, raw)
        if push and method == "POST":
            hub.sync(token.login)
    return answer


def _token(hub: Hub, authorization: str) -> Token | None:
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        _, _, secret = base64.b64decode(value).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    token = hub.tokens.get(secret)
    return None if token is None or token.expired else token


def _backend(
    hub: Hub, method: str, path: str, query: str, headers: Mapping[str, str], raw: bytes
) -> tuple[int, dict[str, str], bytes]:
    below = path.removeprefix(f"/{hub.full_name}.git").removeprefix(f"/{hub.full_name}")
    environ = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_PROJECT_ROOT": str(hub.bare.root.parent),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": f"/{hub.bare.root.name}{below}",
        "QUERY_STRING": query,
        "REQUEST_METHOD": method,
        "CONTENT_TYPE": headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(raw)),
        "HTTP_CONTENT_ENCODING": headers.get("content-encoding", ""),
        "GIT_PROTOCOL": headers.get("git-protocol", ""),
        "REMOTE_USER": "git",
        "REMOTE_ADDR": "127.0.0.1",
    }
    done = subprocess.run(["git", "http-backend"], env=environ, input=raw, capture_output=True, check=True)
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    found = dict(line.split(": ", 1) for line in head.decode("latin-1").split("\r\n"))
    status = int(found.pop("Status", "200").split()[0])
    return status, found, body
