"""promoter demo: the story it tells is what happened, read back from Git."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.running import promoter


def test_one_release_climbs_to_100_and_the_next_one_freezes_at_20_and_is_rolled_back(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    ran = promoter("demo", "--keep", str(folder), cwd=tmp_path)
    assert ran.code == 0, ran.err
    merged = [
        line.split("gray", 1)[1].split(":")[0].split("promote ")[1]
        for line in ran.out.splitlines()
        if "merged" in line and "promote " in line
    ]
    ladder = ["0% → 1%", "1% → 5%", "5% → 20%", "20% → 50%", "50% → 100%"]
    assert merged == [*ladder, *ladder[:3]]
    assert "freeze" in ran.out
    assert "p99-latency" in ran.out
    assert "rolled back 20% → 0%" in ran.out
    history = promoter("history", "yolo-detection", "--output", "json", cwd=folder)
    told = [entry["what"] for entry in json.loads(history.out)["entries"]]
    assert told[-3:] == ["rolled back 20% → 0%", "hold: freeze", "hold: rollback"]
    status = json.loads(promoter("status", "--output", "json", cwd=folder).out)
    assert status["rollouts"][0]["percent"] == 0
    assert {hold["kind"] for hold in status["rollouts"][0]["holds"]} == {"freeze", "rollback"}
