"""promoter demo --live: what it says before anything starts. The scenes are in tests/plant."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from promoter.plant.scenes import SCENES
from tests.cli.running import promoter


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--scene", "healthy"], "belong to --live"),
        (["--record", "x.html"], "belong to --live"),
        (["--live", "--interactive"], "exclude each other"),
        (["--live", "--scene", "unhealthy"], "no such scene; there are healthy, slow,"),
        (["--live", "--keep", "."], "exists already"),
    ],
)
def test_options_that_do_not_go_together_are_a_usage_error(
    tmp_path: Path, options: list[str], why: str
) -> None:
    ran = promoter("demo", *options, cwd=tmp_path)
    assert ran.code == 2
    assert why in ran.err


def test_a_recording_that_cannot_be_written_is_told_before_anything_starts(tmp_path: Path) -> None:
    ran = promoter("demo", "--live", "--record", "x.gif", cwd=tmp_path)
    assert (ran.code, ran.out) == (1, "")
    assert "--record x.gif: no such form" in ran.err


def test_the_help_names_every_scene() -> None:
    ran = promoter("demo", "--help", cwd=Path.cwd())
    told = re.sub(r"\s+", " ", ran.out).replace("- ", "-")
    assert ", ".join(SCENES) in told


@pytest.mark.parametrize(("missing", "what"), [("envoy", "Envoy"), ("rich", "rich")])
def test_without_the_extra_a_clear_message_names_it(tmp_path: Path, missing: str, what: str) -> None:
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "sitecustomize.py").write_text(
        "import importlib.util\n"
        "real = importlib.util.find_spec\n"
        f"importlib.util.find_spec = lambda name, *rest: None if name == {missing!r} else real(name, *rest)\n"
    )
    root = str(Path(__file__).parents[2])
    ran = promoter(
        "demo",
        "--live",
        "--record",
        str(tmp_path / "x.html"),
        cwd=tmp_path,
        PYTHONPATH=f"{hidden}:{root}",
        PATH=str(Path(sys.executable).parent / "nowhere") + ":/usr/bin:/bin",
    )
    assert ran.code == 1
    assert what in ran.err
    assert "pip install 'gray-promoter[live]'" in ran.err
    assert "Traceback" not in ran.err
