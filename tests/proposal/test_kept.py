"""kept: the evidence in a body can be taken out again with the shell, byte for byte."""

from __future__ import annotations

import re
import subprocess
from hashlib import sha256

import pytest

from promoter.proposal.body import hold_body, promotion_body
from promoter.proposal.evidence_json import digest, evidence_json
from promoter.proposal.kept import evidence_part, file_name
from tests.build import a_hold, a_split
from tests.report.markup import structure
from tests.report.reports import freezing, hostile_row, promoting

ROWS = [promoting, freezing, hostile_row]


def checked(body: str, ends: str) -> str:
    """What the command that the body names says of the body."""
    [command] = re.findall(r"^`(sed .*sha256sum)`$", body, re.MULTILINE)
    data = body.replace("\n", ends).encode()
    ran = subprocess.run(["sh", "-c", command], input=data, capture_output=True, check=True)
    return ran.stdout.decode().split()[0]


@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_the_command_in_the_body_proves_the_digest_in_the_body(row: object, ends: str) -> None:
    found = row()  # type: ignore[operator]
    evidence = evidence_json(found.situation, found.health, found.decision)
    promotion = promotion_body(found.situation, found.health, a_split(20), evidence=evidence)
    hold = hold_body(found.situation, found.health, a_hold(), evidence=evidence)
    for body in (promotion, hold):
        assert checked(body, ends) == digest(evidence)
        assert digest(evidence) in body


def test_the_block_is_one_fence_in_a_fold() -> None:
    row = hostile_row()
    block = evidence_part(evidence_json(row.situation, row.health, row.decision)).forms[0]
    kinds = structure(block)
    assert kinds[0] == kinds[-1] == "html_block  "
    assert kinds.count("fence code json") == 1


def test_too_large_for_a_body_it_is_named_where_it_is_kept() -> None:
    full, short = evidence_part("{}\n").forms
    sha = sha256(b"{}\n").hexdigest()
    assert sha in full
    assert f"sha256 `{sha}`" in short
    assert f"`evidence-{sha[:12]}.json`" in short
    assert file_name(sha) in short


def test_no_evidence_is_no_part() -> None:
    assert evidence_part("").forms == ("",)
