"""9. No secret in any output, log, commit, proposal or process list. Hostile label values, titles or branch
names run no code and inject no markup.

(Secrets are followed through whole commands in tests/e2e/test_secrets.py.)
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from promoter.core.evidence import Unknown
from promoter.report.markdown import plan_markdown
from promoter.report.plan_json import plan_json
from promoter.report.plan_text import plan_text
from promoter.report.timeline import entries, timeline_markdown, timeline_text
from tests.cli.running import promoter
from tests.invariants.rig import MINUTE, Rig
from tests.report.sentinels import TOKENS, encodings

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


@pytest.mark.parametrize("form", ["plain", "base64-basic", "url-all"])
def test_a_token_that_a_human_pasted_is_not_repeated_by_anything_of_ours(tmp_path: Path, form: str) -> None:
    token = encodings(TOKENS["installation-2026"])[form]
    rig = Rig(tmp_path, merge="approval")
    rig.write("manifests/vs.yaml", rig.weights(1))
    rig.commit(f"lower it, see {token}")
    rig.follow()
    rig.pass_time()
    row = rig.tick()
    assert row.decision.kind.value == "hold"
    ran = promoter("pause", "yolo", "--reason", f"the token {token} leaked", cwd=rig.path)
    assert ran.code == 0
    report = rig.report(acting=False)
    told = (
        plan_text(report),
        plan_json(report),
        plan_markdown(report),
        timeline_text(entries((row.situation,))),
    )
    kept = [rig.git("log", "-p", "--all", "--format=%B", "refs/promoter/holds/yolo")]
    for text in (ran.out, ran.err, *told, *kept):
        for line in text.splitlines():
            assert token[:60] not in line or line == f"lower it, see {token}"
    assert "[redacted]" in kept[0]


def test_an_error_repeats_neither_a_token_nor_a_secret_that_the_run_knows(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    secret = "pa55-of-the-run"
    ran = promoter("pause", TOKENS["personal"], secret, cwd=rig.path, GITHUB_TOKEN=secret)
    assert ran.code == 2
    for name in (TOKENS["personal"], secret):
        ran = promoter("pause", name, "--reason", "x", cwd=rig.path, GITHUB_TOKEN=secret)
        assert ran.code == 1
        assert "[redacted]" in ran.err
        assert name not in ran.out + ran.err


def test_what_a_server_sends_back_is_kept_without_the_secrets_of_the_run(tmp_path: Path) -> None:
    secret, token = "pa55 of&the<run>", TOKENS["fine-grained"]
    rig = Rig(tmp_path, environ={"PROMETHEUS_PASSWORD": secret})
    rig.script.sick_from = (rig.at - 10 * MINUTE).timestamp()
    rig.script.override = lambda query: Unknown(f"401 {secret} {token}") if "map50" in str(query) else None
    assert rig.tick().decision.kind.value == "freeze"
    kept = rig.git("log", "-p", "--all", "--format=%B", "refs/promoter/holds/yolo")
    assert "401 [redacted] [redacted]" in kept  # in the evidence
    assert "401 [redacted] \\[redacted\\]" in kept  # in the hold's text
    assert "pa55" not in kept
    assert token[:20] not in kept
