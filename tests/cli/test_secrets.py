"""secrets: no error, traceback or report of the command line shows one."""

from __future__ import annotations

import click
import pytest

from promoter.cli import main
from promoter.cli.secrets import without_known, without_secrets
from promoter.errors import PromoterError
from tests.report.sentinels import KEY, TOKENS

TOKEN, SECRET = TOKENS["installation"], "pa55-of-the-run"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (PromoterError(f"refused {SECRET}", hint=f"use {TOKEN}\n{KEY}"), 1),
        (click.UsageError(f"no such option {SECRET} {TOKEN}"), 2),
        (RuntimeError(f"bug with {SECRET} and {TOKEN}"), 1),
    ],
)
def test_no_way_out_of_the_program_shows_a_secret(
    error: Exception, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(**_: object) -> None:
        raise error

    monkeypatch.setenv("GITHUB_TOKEN", SECRET)
    monkeypatch.setattr(main, "cli", type("Cli", (), {"main": staticmethod(fails)}))
    with pytest.raises(SystemExit) as stopped:
        main.main()
    assert stopped.value.code == code
    told = capsys.readouterr().err
    assert "[redacted]" in told
    for secret in (SECRET, TOKEN, *KEY.split("\n")[1:-1]):
        assert secret not in told


def test_a_bug_is_told_whole_and_asks_for_a_report(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(**_: object) -> None:
        raise RuntimeError("impossible")

    monkeypatch.setattr(main, "cli", type("Cli", (), {"main": staticmethod(fails)}))
    with pytest.raises(SystemExit):
        main.main()
    told = capsys.readouterr().err
    assert "RuntimeError: impossible" in told
    assert "in fails" in told
    assert "please report it" in told


def test_a_report_is_left_as_it_is_but_for_what_the_run_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMETHEUS_PASSWORD", SECRET)
    assert without_known(f"authorization: x, {SECRET}") == "authorization: x, [redacted]"
    assert without_secrets(f"authorization: x, {SECRET}") == "authorization: [redacted], [redacted]"
