"""The picture, its recordings and the plain lines, of a board made by hand."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from promoter.plant.board import Board
from promoter.plant.lines import Lines
from promoter.plant.processes import PlantError
from promoter.plant.recording import Recording

CAMERAS = {
    "answers": 4000,
    "devices": 5000,
    "mixed": 0,
    "moves": {"v8-stable>v9-gray": 7},
    "versions": {
        "v8-stable": {"answers": 950, "errors": 0, "devices": 4750},
        "v9-gray": {"answers": 50, "errors": 10, "devices": 250},
    },
}


def board(elapsed: float = 1.0, text: str = "all is well </script><b>") -> Board:
    found = Board(title="A scene", cameras=CAMERAS, routed={"v8-stable": 95, "v9-gray": 5}, elapsed=elapsed)
    found.tell("plant", text)
    return found


def recorded(target: Path) -> str:
    recording = Recording(target)
    for moment in (1.0, 1.1, 2.0, 3.0):
        recording.show(board(moment))
    recording.close()
    recording.close()
    return target.read_text(encoding="utf-8")


def test_the_page_plays_without_anything_from_elsewhere_and_runs_no_text_of_the_plant(tmp_path: Path) -> None:
    page = recorded(tmp_path / "out.html")
    assert not re.search(r"https?://", page)
    data = json.loads(page.split('id="data">')[1].split("</script>")[0])
    assert [moment for moment, _ in data["frames"]] == [1.0, 2.0, 3.0]  # 1.1 came too soon
    shown = "\n".join(data["lines"][number] for number in data["frames"][0][1])
    assert "<b>" not in shown
    assert "&lt;b&gt;" in shown
    assert "5.0%" in shown
    assert "20.0%" in shown  # gray's errors


def test_the_cast_is_what_asciinema_plays(tmp_path: Path) -> None:
    head, *frames = recorded(tmp_path / "out.cast").splitlines()
    assert json.loads(head)["version"] == 2
    moments = [json.loads(frame) for frame in frames]
    assert [(moment[0], moment[1]) for moment in moments] == [(1.0, "o"), (2.0, "o"), (3.0, "o")]
    assert "v9-gray" in moments[0][2]


def test_the_picture_fetches_no_font(tmp_path: Path) -> None:
    picture = recorded(tmp_path / "out.svg")
    assert picture.startswith("<svg")
    assert set(re.findall(r"https?://[^\s\"'<]+", picture)) <= {
        "http://www.w3.org/2000/svg",
        "https://www.textualize.io",
    }
    assert "@font-face" not in picture


@pytest.mark.parametrize(
    ("name", "why"),
    [("out.gif", r"no such form; end the name in \.html"), ("a/out.svg", "folder does not exist")],
)
def test_a_recording_that_cannot_be_written_is_refused_before_the_demo(
    tmp_path: Path, name: str, why: str
) -> None:
    with pytest.raises(PlantError, match=why):
        Recording(tmp_path / name)


def test_the_plain_view_prints_each_event_once(capsys: pytest.CaptureFixture[str]) -> None:
    lines, shown = Lines(lambda text, _colour: text), board()
    lines.show(shown)
    lines.show(shown)
    shown.tell("wait", "5%: judging")
    lines.show(shown)
    printed = capsys.readouterr().out.splitlines()
    assert [line.split("gray  ")[1] for line in printed] == [
        "plant   all is well </script><b>",
        "wait    5%: judging",
    ]
