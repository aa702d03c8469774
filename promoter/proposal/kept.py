"""The evidence JSON inside a body, byte for byte, with the digest by which it is known elsewhere."""

from __future__ import annotations

from promoter.proposal.evidence_json import digest
from promoter.report.fit import Part, part

OPEN, CLOSE = "```json", "```"
_CHECK = f"sed -n '/^{OPEN}/,/^{CLOSE}/p' | sed '1d;$d' | tr -d '\\r' | sha256sum"


def evidence_part(evidence: str) -> Part:
    """The evidence in a collapsed block, or only its digest where that would not fit; "" for none."""
    if not evidence:
        return part("")
    sha = digest(evidence)
    block = "\n".join(
        [
            "<details><summary>Evidence: every number, window and query behind this</summary>",
            "",
            f"sha256 `{sha}`, as in the commit's trailer `Rollout-Evidence`. To check it, pipe this text through",
            f"`{_CHECK}`",
            "",
            OPEN,
            evidence.removesuffix("\n"),
            CLOSE,
            "",
            "</details>",
        ]
    )
    elsewhere = f"too large for here; `{file_name(sha)}` in the run's artifact `promoter-evidence`"
    return part(block, f"Evidence: {elsewhere}, sha256 `{sha}`.", spare=2)


def file_name(sha: str) -> str:
    """The evidence's file where it is kept beside a body."""
    return f"evidence-{sha[:12]}.json"
