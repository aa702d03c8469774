"""promoter weights: a file's routes shown, or set in place; offline."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import promoter
from tests.manifest.test_edit import PLAIN


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "vs.yaml"
    path.write_text(PLAIN, encoding="utf-8")
    return path


def test_the_routes_are_shown_as_the_contract_says(file: Path) -> None:
    ran = promoter("weights", "vs.yaml", "--output", "json", cwd=file.parent)
    assert ran.code == 0
    assert json.loads(ran.out) == {
        "version": 1,
        "routes": [
            {
                "document": 0,
                "kind": "VirtualService",
                "name": "yolo",
                "namespace": None,
                "route": "http[0]",
                "destinations": [
                    {"dest": "yolo-service/v8-stable", "weight": 95},
                    {"dest": "yolo-service/v9-gray", "weight": 5},
                ],
            }
        ],
    }


def test_weights_are_set_in_place_and_nothing_else(file: Path) -> None:
    file.chmod(0o640)
    ran = promoter("weights", "vs.yaml", "v9-gray=20", "v8-stable=80", cwd=file.parent)
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    expected = PLAIN.replace("weight: 5\n", "weight: 20\n").replace("95", "80")
    assert file.read_text(encoding="utf-8") == expected
    assert file.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in file.parent.iterdir()] == ["vs.yaml"]


def test_diff_only_shows(file: Path) -> None:
    ran = promoter("weights", "vs.yaml", "v9-gray=20", "v8-stable=80", "--diff", cwd=file.parent)
    assert [line for line in ran.out.splitlines() if line[:1] in "+-"] == [
        "--- a/vs.yaml",
        "+++ b/vs.yaml",
        "-          weight: 95",
        "+          weight: 80",
        "-          weight: 5",
        "+          weight: 20",
    ]
    assert file.read_text(encoding="utf-8") == PLAIN


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["vs.yaml", "v9-gray=20"], "the weights would sum to 115, and sum to 100 now"),
        (["vs.yaml", "v9-gray"], "is no DEST=WEIGHT"),
        (["vs.yaml", "v9-gray=-5"], "is no DEST=WEIGHT"),
        (["vs.yaml", "v9-gry=5"], "did you mean v9-gray?"),
        (["vs.yaml", "yolo-service=5"], "more than one destination"),
        (["vs.yaml", "v9-gray=5", "yolo-service/v9-gray=5"], "is set twice"),
        (["vs.yaml", "--name", "other", "v9-gray=5"], "no weighted routes match"),
        (["gone.yaml"], "cannot read gone.yaml"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_changes_nothing(
    file: Path, arguments: list[str], problem: str
) -> None:
    ran = promoter("weights", *arguments, cwd=file.parent)
    assert ran.code == 1
    assert problem in ran.err
    assert ran.err.count("\n") == 1
    assert file.read_text(encoding="utf-8") == PLAIN


def test_a_refused_route_is_listed_with_the_reason_and_not_edited(file: Path) -> None:
    file.write_text(PLAIN.replace("weight: 5\n", 'weight: "5"\n'), encoding="utf-8")
    shown = promoter("weights", "vs.yaml", "--output", "json", cwd=file.parent)
    assert shown.code == 0
    assert "no plain whole number" in json.loads(shown.out)["routes"][0]["refused"]
    assert promoter("weights", "vs.yaml", "v9-gray=5", cwd=file.parent).code == 1
