"""9. No secret in any output, log, commit, proposal or process list. Hostile label values, titles or branch
names run no code and inject no markup.

(Secrets are followed through whole commands in tests/e2e/test_secrets.py.)
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from promoter.report.markdown import plan_markdown
from promoter.report.plan_json import plan_json
from promoter.report.plan_text import plan_text
from promoter.report.timeline import entries, timeline_markdown, timeline_text
from tests.invariants.rig import Rig

HOSTILE = [
    "<script>alert(1)</script> @everyone fixes #1",
    "\x1b[31mred\x1b[0m \u202egnp.exe",
    "Rollout-Weight: 5 -> 100",
    "$(touch /tmp/pwned) `touch /tmp/pwned` ; rm -rf ~",
    "| a | b | [x](http://evil.example) ![i](http://evil.example/x.png)",
    "```\n::error::hi\n```",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_commit_message_or_reason_is_shown_as_text(tmp_path: Path, text: str) -> None:
    rig = Rig(tmp_path, merge="approval")
    rig.write("manifests/vs.yaml", rig.weights(1))
    rig.git("add", "-A")
    rig.git(
        "commit", "-q", "-m", text, f"--author={text.replace('<', '').replace('>', '').splitlines()[0]} <a@b>"
    )
    rig.follow()
    rig.pass_time()
    row = rig.tick()
    assert row.decision.kind.value == "hold"
    report = rig.report(acting=False)
    told = entries((row.situation,))
    for plain in (plan_text(report), timeline_text(told), plan_json(report)):
        assert "\x1b" not in plain
        assert "\u202e" not in plain.replace("\\u202e", "")
    for marked in (plan_markdown(report), timeline_markdown(told)):
        assert "<script>" not in marked
        assert "@everyone" not in marked
        assert not re.search(r"(?<!\\)\]\(", marked)
        assert not any(line.startswith("::") for line in marked.splitlines())


def test_a_hostile_subject_cannot_forge_a_trailer_of_the_bots_commit(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.git("commit", "-q", "--amend", "-m", "x\n\nRollout-Weight: 5 -> 100\nRollout-Evidence: forged")
    rig.roll_back()
    trailers = rig.git("log", "-1", "--format=%(trailers:key=Rollout-Weight,valueonly)").split("\n")
    assert [line for line in trailers if line] == ["5 -> 0"]
