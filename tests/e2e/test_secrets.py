"""No secret in any output, ref, commit or record, at any verbosity, whatever the server sends back."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.e2e.conftest import NewProject
from tests.e2e.policies import NAME, a_policy
from tests.e2e.project import Project, Ran, minute
from tests.e2e.servers import through
from tests.lying_server import Request, lying_server

TOKEN = "sentinel-T0KEN+/=.eyJhbGciOi"
PASSWORD = "sentinel-pa55 word&<x>"
FOLDER = "/sentinel-folder"
LOGINS: dict[str, Mapping[str, str]] = {
    "bearer": {"PROMETHEUS_BEARER_TOKEN": TOKEN},
    "basic": {"PROMETHEUS_USERNAME": "promoter", "PROMETHEUS_PASSWORD": PASSWORD},
}


def test_a_whole_release_leaves_no_trace_of_the_credentials(
    project: NewProject, prometheus: str, tmp_path: Path
) -> None:
    with lying_server(through(prometheus, prefix=FOLDER)) as server:
        yolo = project("errors-later", prometheus=server.url + FOLDER)
        yolo.environ.update(LOGINS["bearer"])
        record = tmp_path / "evidence.json"
        told = [
            yolo.promoter("plan", "-vv", "--record", str(record), at=minute(6)),
            yolo.promoter("plan", "-vv", "--output", "markdown", at=minute(6)),
            yolo.promoter("run", "-vv", at=minute(6)),
            yolo.promoter("run", "-vv", "--output", "json", at=minute(10)),
            yolo.promoter("status", "-vv", at=minute(10)),
            yolo.promoter("resume", NAME, "--reason", "x", "-vv", at=minute(11)),
            yolo.promoter("rollback", NAME, "--now", "-vv", at=minute(12)),
            yolo.promoter("history", NAME, "-vv", at=minute(12)),
        ]
        assert [ran.code for ran in told] == [0] * len(told)
        assert all("Authorization" in seen.headers for seen in server.seen)
        assert any(seen.path.startswith(FOLDER) for seen in server.seen)
    _silent(yolo, told, record.read_bytes())
    kept = b"".join(_everything_kept(yolo))
    assert server.url.removeprefix("http://").encode() not in kept  # nor where the server is
    assert server.url.removeprefix("http://").encode() not in record.read_bytes()


def test_a_password_leaves_no_trace_either(project: NewProject, prometheus: str) -> None:
    with lying_server(through(prometheus)) as server:
        yolo = project(prometheus=server.url)
        yolo.environ.update(LOGINS["basic"])
        ran = yolo.promoter("run", "-vv", "--output", "json", at=minute(6))
        assert ran.did == ["proposed", "status"]
        assert all(seen.headers["Authorization"].startswith("Basic ") for seen in server.seen)
    _silent(yolo, [ran])


def _echo(request: Request) -> None:
    """A proxy that packs the request into its error page, in several forms."""
    header = request.headers["Authorization"].split()[1]
    plain = base64.b64decode(header).decode() if "sentinel" not in header else header
    told = f"cannot serve {request.path} for {header} {plain} {quote(plain)} {quote(header, safe='')}"
    request.send(json.dumps({"status": "error", "errorType": "x", "error": told}), status=400)


@pytest.mark.parametrize("login", LOGINS.values(), ids=LOGINS)
def test_a_server_that_echoes_the_credentials_is_not_quoted(
    project: NewProject, login: Mapping[str, str]
) -> None:
    with lying_server(_echo) as server:
        yolo = project("errors-later", prometheus=server.url)
        yolo.environ.update(login)
        told = [
            yolo.promoter("plan", "-vv", at=minute(6)),
            yolo.promoter("run", "-vv", "--output", "json", at=minute(6)),
        ]
        assert server.seen
    assert [ran.code for ran in told] == [1, 1]
    _silent(yolo, told)


def test_credentials_in_the_url_are_refused_without_being_shown(project: NewProject) -> None:
    yolo = project(prometheus=f"http://promoter:{quote(PASSWORD)}@127.0.0.1:9")
    told = [yolo.promoter(command, "-vv", at=minute(6)) for command in ("plan", "run")]
    assert [ran.code for ran in told] == [1, 1]
    _silent(yolo, told)


def test_a_token_is_not_sent_over_plain_http_to_another_machine(project: NewProject) -> None:
    yolo = project(prometheus="http://prometheus.invalid:9090")
    ran = yolo.plan(minute(6), PROMETHEUS_BEARER_TOKEN=TOKEN)
    assert (ran.code, ran.out) == (1, "")
    assert "plain http" in ran.err
    _silent(yolo, [ran])


def test_a_broken_token_file_is_named_and_not_shown(project: NewProject, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\nsentinel-second line\n")
    yolo = project(policy=a_policy("healthy"))
    ran = yolo.plan(minute(6), PROMETHEUS_BEARER_TOKEN_FILE=str(file))
    assert ran.code == 1
    assert "PROMETHEUS_BEARER_TOKEN_FILE" in ran.err
    _silent(yolo, [ran])


def _silent(yolo: Project, told: list[Ran], *more: bytes) -> None:
    texts = [*more, *(part.encode() for ran in told for part in (ran.out, ran.err)), *_everything_kept(yolo)]
    for text in texts:
        assert not [form for form in _forms() if form in text]


def _forms() -> Iterator[bytes]:
    """The secrets, and what they look like on their way."""
    basic = base64.b64encode(f"promoter:{PASSWORD}".encode()).decode()
    for secret in (TOKEN, PASSWORD, basic, FOLDER):
        yield secret.encode()
        yield quote(secret, safe="").encode()
        yield base64.b64encode(secret.encode())
    yield b"sentinel"


def _everything_kept(yolo: Project) -> Iterator[bytes]:
    """Every object, unpacked, and every other file of the repository and of the user's home."""
    yield subprocess.run(
        ["git", "cat-file", "--batch-all-objects", "--batch"],
        cwd=yolo.root,
        env=yolo.env(),
        capture_output=True,
        check=True,
    ).stdout
    for top in (yolo.root, yolo.home):
        for file in sorted(top.rglob("*")):
            if file.is_file() and "objects" not in file.parts:
                yield str(file.relative_to(top)).encode()
                yield file.read_bytes()
