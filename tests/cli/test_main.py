"""The command line itself: help is light, errors are one line, exit codes are the documented ones."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from promoter.cli.main import COMMANDS
from promoter.errors import ExitCode
from tests.cli.running import promoter

ROOT = Path(__file__).parents[2]


def test_every_command_is_listed_in_help_and_in_the_reference() -> None:
    ran = promoter("--help", cwd=ROOT)
    reference = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
    for name in COMMANDS:
        assert re.search(rf"^  {name} ", ran.out, re.MULTILINE)
        assert f"`promoter {name}" in reference


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str) -> None:
    ran = promoter(name, "--help", cwd=ROOT)
    assert ran.code == 0
    assert ran.out.startswith(f"Usage: promoter {name}")


def test_the_exit_codes_are_documented() -> None:
    reference = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
    for code in ExitCode:
        assert f"| {code.value} |" in reference


def test_usage_errors_end_with_2(tmp_path: Path) -> None:
    assert promoter("pln", cwd=tmp_path).code == ExitCode.USAGE
    assert promoter("plan", "--nonsense", cwd=tmp_path).code == ExitCode.USAGE
    assert promoter("pause", cwd=tmp_path).code == ExitCode.USAGE


def test_a_users_mistake_is_one_line_without_a_traceback(tmp_path: Path) -> None:
    ran = promoter("status", cwd=tmp_path)
    assert ran.code == ExitCode.ERROR
    assert re.fullmatch(r"error: .* is no Git repository; name one with --repo\n", ran.err)


def test_a_closed_pipe_is_no_error(tmp_path: Path) -> None:
    import subprocess  # noqa: PLC0415
    import sys  # noqa: PLC0415

    command = f"{sys.executable} -m promoter schema | head -n 1"
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("{\n", "")
