"""9, on GitHub. No token in any output, commit, pull request, issue, status, file or process list, at any verbosity, whatever GitHub answers."""

from __future__ import annotations

import base64
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.e2e.conftest import NewGitHubProject
from tests.e2e.github_project import GitHubProject, an_apps_key
from tests.e2e.policies import NAME
from tests.e2e.project import Ran, minute
from tests.fakes.github.faults import Fault
from tests.fakes.github.hub import BOT

MARK = "sentineL"
TOKENS = {
    "classic": f"ghp_{MARK}{'aB3' * 10}",
    "old App": f"ghs_{MARK}{'xY7' * 10}",
    "new App": f"ghs_42_eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.{MARK}{'Zz9-_' * 90}.{'q' * 60}",
}


@pytest.mark.parametrize("token", TOKENS.values(), ids=TOKENS)
def test_a_release_a_freeze_and_a_rollback_leave_no_trace_of_the_token(
    github: NewGitHubProject, token: str, tmp_path: Path
) -> None:
    yolo = github("errors-later")
    yolo.hub.token(token, BOT, "app")
    evidence, summary = tmp_path / "evidence", tmp_path / "summary.md"
    evidence.mkdir()
    yolo.environ.update(
        GITHUB_TOKEN=token,
        PROMOTER_EVIDENCE_DIR=str(evidence),
        GITHUB_STEP_SUMMARY=str(summary),
        GITHUB_RUN_ID="1",
    )
    with watched_processes() as commands:
        told = [
            yolo.promoter("plan", "-vv", at=minute(6)),
            yolo.promoter("run", "-vv", at=minute(6)),
            yolo.promoter("run", "-vv", "--output", "json", at=minute(10)),
            yolo.promoter("status", "-vv", "--output", "markdown", at=minute(10)),
            yolo.promoter("rollback", NAME, "--now", "--reason", "x", "-vv", at=minute(11)),
        ]
    assert [ran.code for ran in told] == [0] * len(told), [ran.err for ran in told]
    assert yolo.weight() == 0
    assert {request.login for request in yolo.github.log} == {BOT}  # it was that token
    assert any(b"promoter" in command for command in commands)
    assert any(b"fetch" in command for command in commands)  # git had the token as well
    _silent(token, yolo, told, *commands, *(file.read_bytes() for file in evidence.iterdir()))


@pytest.mark.parametrize("status", [401, 403, 404, 405, 422, 502])
def test_an_answer_that_echoes_the_token_is_not_repeated(github: NewGitHubProject, status: int) -> None:
    yolo = github()
    token = TOKENS["new App"]
    yolo.hub.token(token, BOT, "app")
    yolo.environ["GITHUB_TOKEN"] = token
    echo = " ".join(form.decode() for form in _forms(token) if form != MARK.encode())
    yolo.github.faults.append(Fault("POST", status=status, message=f"cannot serve {echo}", times=99, skip=1))
    told = [yolo.promoter("run", "-vv", at=minute(6)), yolo.promoter("plan", "-vv", at=minute(6))]
    assert told[0].code == 1
    _silent(token, yolo, told)


def test_the_apps_private_key_and_its_token_leave_no_trace(github: NewGitHubProject, tmp_path: Path) -> None:
    yolo = github()
    key, yolo.hub.app_key = an_apps_key()
    file = tmp_path / "app.pem"
    file.write_text(key, encoding="ascii")
    yolo.environ = {
        "GITHUB_TOKEN": "",
        "PROMOTER_GITHUB_APP_ID": "Iv23promoter",
        "PROMOTER_GITHUB_APP_PRIVATE_KEY_FILE": str(file),
    }
    with watched_processes() as commands:
        told = [yolo.promoter("run", "-vv", at=minute(6))]
    assert told[0].code == 0, told[0].err
    assert yolo.site.pull().author == BOT
    (issued,) = [value for value in yolo.hub.tokens if "sig-" in value]
    _silent(issued, yolo, told, *commands)
    body = "".join(key.splitlines()[1:-1])
    for text in _texts(yolo, told, *commands):
        assert body[:60].encode() not in text


@contextmanager
def watched_processes() -> Iterator[set[bytes]]:
    """The command lines of every process that is seen meanwhile."""
    seen: set[bytes] = set()
    stop = threading.Event()

    def watch() -> None:
        while not stop.is_set():
            for file in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    seen.add(file.read_bytes())
                except OSError:
                    continue
            stop.wait(0.002)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        stop.set()
        thread.join()


def _forms(token: str) -> list[bytes]:
    """The token, and what it looks like on its way."""
    forms = [token.encode(), quote(token, safe="").encode(), base64.b64encode(token.encode())]
    forms.append(base64.b64encode(f"x-access-token:{token}".encode()))
    return [*forms, MARK.encode()] if MARK in token else forms


def _silent(token: str, yolo: GitHubProject, told: list[Ran], *more: bytes) -> None:
    for text in _texts(yolo, told, *more):
        assert not [form for form in _forms(token) if form in text], text[:2000]


def _texts(yolo: GitHubProject, told: list[Ran], *more: bytes) -> Iterator[bytes]:
    yield from more
    yield from (part.encode() for ran in told for part in (ran.out, ran.err))
    state = yolo.hub.state
    yield repr((state.refs, state.items, state.statuses, state.labels, state.checks)).encode()
    clone = yolo.site.place / "clone"
    for repository in (yolo.hub.bare.root, clone):
        yield subprocess.run(
            ["git", "cat-file", "--batch-all-objects", "--batch"],
            cwd=repository,
            env={"PATH": "/usr/bin:/bin:/usr/local/bin", "HOME": str(yolo.home)},
            capture_output=True,
            check=True,
        ).stdout
    for top in (clone, yolo.home, yolo.hub.bare.root):
        for file in sorted(top.rglob("*")):
            if file.is_file() and "objects" not in file.parts:
                yield str(file.relative_to(top)).encode()
                yield file.read_bytes()
