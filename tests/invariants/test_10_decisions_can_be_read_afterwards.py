"""10. Everything a decision was based on can be read afterwards: the evidence is in the proposal, the hold and
the commit's trailer."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

from tests.invariants.rig import MINUTE, Rig


def evidence(rig: Rig, ref: str, digest: str) -> dict[str, object]:
    text = rig.git("show", f"{ref}:evidence/{digest}.json") + "\n"
    assert sha256(text.encode()).hexdigest() == digest
    return dict(json.loads(text))


def test_a_promotions_trailer_leads_to_its_evidence(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    row = rig.tick()
    digest = rig.git("log", "-1", "--format=%(trailers:key=Rollout-Evidence,valueonly)", "main").strip()
    (ref,) = rig.git("for-each-ref", "--format=%(refname)", "refs/promoter/proposals/").splitlines()
    found = evidence(rig, ref, digest)
    assert found["decision"] == "promote"
    assert found["weights"] == {"yolo/v8": 95, "yolo/v9": 5}
    assert found["to"] == {"yolo/v8": 80, "yolo/v9": 20}
    checks = found["checks"]
    assert isinstance(checks, list)
    for check, verdict in zip(checks, row.health.verdicts, strict=True):
        assert (check["check"], check["outcome"], check["observed"]) == (
            verdict.check,
            verdict.outcome.value,
            verdict.observed,
        )
        assert len(check["readings"]) == len(verdict.readings) > 0
    assert found["queries"]


def test_a_freeze_keeps_its_evidence_beside_the_hold(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.script.sick_from = (rig.at - 10 * MINUTE).timestamp()
    rig.tick()
    (hold,) = rig.holds()
    found = evidence(rig, "refs/promoter/holds/yolo", str(hold["evidence"]))
    assert found["decision"] == "freeze"
    assert any("over the limit" in reason for reason in json.loads(json.dumps(found["reasons"])))
    body = rig.git("show", f"refs/promoter/holds/yolo:body/freeze-{str(hold['commit'])[:9]}.md")
    assert "promoter resume yolo" in body
    assert "promoter rollback yolo" in body


def test_the_record_of_a_merged_promotion_stays(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.tick()
    rig.pass_time()
    rig.tick()
    assert rig.on_base() == 50
    for digest in rig.git(
        "log", "--format=%(trailers:key=Rollout-Evidence,valueonly)", "--first-parent", "main"
    ).split():
        refs = rig.git("for-each-ref", "--format=%(refname)", "refs/promoter/proposals/").splitlines()
        files = [rig.git("ls-tree", "-r", "--name-only", ref) for ref in refs]
        assert any(f"evidence/{digest}.json" in names for names in files)
