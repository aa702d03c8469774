"""runs: which earlier run ticked, asked of a loopback server that answers as GitHub does."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from promoter.errors import ForgeError, SettingsError
from promoter.forge.github.runs import earlier_ticks
from tests.cli.running import promoter

TOKEN = "ghs_" + "a" * 40


def a_run(number: int, ended: str, **changes: object) -> dict[str, object]:
    given = {
        "id": 1000 + number,
        "run_number": number,
        "event": "schedule",
        "status": "completed",
        "conclusion": "success",
        "display_title": "promoter run",
        "updated_at": ended,
        "html_url": f"https://github.example/runs/{number}",
    }
    return {**given, **changes}


class GitHub(ThreadingHTTPServer):
    """Answers one route; remembers who asked for what."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.status, self.body = 200, b'{"total_count": 0, "workflow_runs": []}'
        self.asked: list[tuple[str, str]] = []

    def answer(self, *runs: dict[str, object]) -> None:
        self.body = json.dumps({"total_count": len(runs), "workflow_runs": runs}).encode()

    @property
    def environ(self) -> dict[str, str]:
        return {
            "GITHUB_API_URL": f"http://127.0.0.1:{self.server_port}",
            "GITHUB_REPOSITORY": "plant/factory",
            "GITHUB_WORKFLOW_REF": "plant/factory/.github/workflows/promoter.yml@refs/heads/main",
            "GITHUB_RUN_ID": "1009",
            "GITHUB_TOKEN": TOKEN,
        }


class Handler(BaseHTTPRequestHandler):
    server: GitHub

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers.get("Authorization", "")))
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that is overridden
        del format, args


@pytest.fixture
def github() -> Iterator[GitHub]:
    server = GitHub()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_newest_tick_that_ended_well_is_found_with_one_request(github: GitHub) -> None:
    github.answer(
        a_run(9, "2026-01-07T08:59:00Z"),  # this one
        a_run(8, "2026-01-07T08:50:00Z", conclusion="cancelled"),
        a_run(7, "2026-01-07T08:40:00Z", event="workflow_dispatch", display_title="promoter plan"),
        a_run(6, "2026-01-07T08:31:00Z"),
        a_run(5, "2026-01-07T08:20:00Z"),
        a_run(4, "2026-01-07T08:10:00Z", conclusion="failure"),
    )
    last, failed = earlier_ticks(github.environ)
    assert last is not None
    assert (last.number, last.ended) == (6, datetime(2026, 1, 7, 8, 31, tzinfo=UTC))
    assert failed == 0
    ((path, _),) = github.asked
    assert path.startswith("/repos/plant/factory/actions/workflows/promoter.yml/runs?")


@pytest.mark.parametrize("how", ["failure", "timed_out", "startup_failure"])
def test_a_run_that_failed_is_no_tick_and_is_counted(github: GitHub, how: str) -> None:
    github.answer(
        a_run(8, "2026-01-07T08:50:00Z", conclusion=how),
        a_run(7, "2026-01-07T08:40:00Z", conclusion=how),
        a_run(6, "2026-01-07T08:31:00Z"),
    )
    last, failed = earlier_ticks(github.environ)
    assert last is not None
    assert (last.number, failed) == (6, 2)


def test_where_every_run_failed_no_tick_is_known(github: GitHub) -> None:
    github.answer(*(a_run(n, f"2026-01-07T08:{n}0:00Z", conclusion="failure") for n in range(4)))
    assert earlier_ticks(github.environ) == (None, 4)


def test_a_tick_that_a_human_started_counts(github: GitHub) -> None:
    github.answer(a_run(6, "2026-01-07T08:31:00Z", event="workflow_dispatch"))
    last, _ = earlier_ticks(github.environ)
    assert last is not None


def test_a_repository_of_a_managed_user_is_one(github: GitHub) -> None:
    github.answer(a_run(6, "2026-01-07T08:31:00Z"))
    last, _ = earlier_ticks({**github.environ, "GITHUB_REPOSITORY": "ada_acme/factory"})
    assert last is not None


def test_no_earlier_tick_and_a_malformed_answer_are_no_tick(github: GitHub) -> None:
    assert earlier_ticks(github.environ) == (None, 0)
    github.answer(a_run(5, "yesterday"), a_run(4, "2026-01-07T08:31:00"), {"conclusion": "success"})
    assert earlier_ticks(github.environ) == (None, 0)
    github.body = b'{"workflow_runs": "none"}'
    assert earlier_ticks(github.environ) == (None, 0)


@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_a_refusal_names_the_permission(github: GitHub, status: int) -> None:
    github.status, github.body = status, b'{"message": "Resource not accessible by integration"}'
    with pytest.raises(ForgeError) as raised:
        earlier_ticks(github.environ)
    assert f"GitHub answered {status}" in str(raised.value)
    assert ("actions: read" in str(raised.value)) is (status in (403, 404))


def test_a_github_that_does_not_answer_is_an_error(github: GitHub) -> None:
    with pytest.raises(ForgeError, match="did not answer"):
        earlier_ticks({**github.environ, "GITHUB_API_URL": "http://127.0.0.1:9"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GITHUB_REPOSITORY", ""),
        ("GITHUB_REPOSITORY", "../x"),
        ("GITHUB_WORKFLOW_REF", "plant/factory/.github/workflows/../../x@main"),
        ("GITHUB_TOKEN", ""),
    ],
)
def test_outside_of_a_workflow_nobody_is_asked(github: GitHub, name: str, value: str) -> None:
    with pytest.raises(SettingsError):
        earlier_ticks({**github.environ, name: value})
    assert github.asked == []


def test_the_command_tells_the_age_and_appends_it(github: GitHub, tmp_path: Path) -> None:
    github.answer(a_run(6, "2026-01-07T08:31:00Z"))
    words = ("heartbeat", "--every", "10m", "--at", "2026-01-07T12:00:00Z", "--summary", "summary.md")
    ran = promoter(*words, cwd=tmp_path, seconds=120, **github.environ)
    assert ran.code == 0, ran.err
    assert ran.out.startswith("ticks are missing: the last tick was 3 h 29 min ago (run 6)")
    assert "ticks are missing" in (tmp_path / "summary.md").read_text(encoding="utf-8")


def test_the_command_says_that_the_runs_fail(github: GitHub, tmp_path: Path) -> None:
    failed = (a_run(n, f"2026-01-07T1{n}:00:00Z", conclusion="failure") for n in (0, 1))
    github.answer(*failed, a_run(6, "2026-01-07T08:31:00Z"))
    ran = promoter(
        "heartbeat",
        "--every",
        "10m",
        "--at",
        "2026-01-07T12:00:00Z",
        cwd=tmp_path,
        seconds=120,
        **github.environ,
    )
    assert ran.out.startswith(
        "no tick ends well: the last tick that ended well was 3 h 29 min ago (run 6); 2 runs"
    )


def test_an_age_that_cannot_be_told_fails_nothing_and_shows_no_token(github: GitHub, tmp_path: Path) -> None:
    github.status = 403
    ran = promoter(
        "heartbeat", "--every", "10m", "--summary", "summary.md", cwd=tmp_path, seconds=120, **github.environ
    )
    assert ran.code == 0
    assert "give the job `actions: read`" in ran.err
    summary = (tmp_path / "summary.md").read_text(encoding="utf-8")
    assert "age of the last tick is unknown" in summary
    assert TOKEN not in ran.out + ran.err + summary
