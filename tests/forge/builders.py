"""Builders for the local forge's tests: a proposal from 5 to 20 %, a freeze, a status."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

from promoter.core.holds import Hold, HoldKind
from promoter.core.proposals import ForgeView, Health, ProposalKind, ProposalView, Status
from promoter.forge.local import LocalForge
from promoter.forge.protocol import MergeRequest, NewProposal, Words
from promoter.repo.base import Repository
from tests.git_repository import Scratch, minute

PATH = "manifests/yolo/vs.yaml"
BRANCH = "promoter/yolo/v9-gray-5-to-20-abcdef012"
REF = f"refs/heads/{BRANCH}"
RECORD = "refs/promoter/proposals/yolo/v9-gray-5-to-20-abcdef012"
HOLDS = "refs/promoter/holds/yolo"
BEGAN = "ab" * 20
MESSAGE = "promote yolo: v9-gray 5% → 20%\n\n- healthy\n\nRollout: yolo\nRollout-Weight: 5 -> 20\n"


def a_manifest(weight: int) -> bytes:
    """A file with everything that an edit may spoil: BOM, CRLF, no final newline."""
    return b"\xef\xbb\xbfkind: VirtualService\r\nweight: %d # gray" % weight


def forge_of(scratch: Scratch, base: str | None = None) -> LocalForge:
    """The forge of a tick that begins now."""
    repo = Repository.open(scratch.root)
    return LocalForge(repo, repo.base(base))


def a_new(scratch: Scratch, **changes: object) -> NewProposal:
    texts = {
        "message": MESSAGE,
        "title": "promote yolo",
        "body": "# healthy\n",
        "evidence": '{"version": 1}\n',
    }
    said = Words(**{name: str(changes.pop(name, text)) for name, text in texts.items()})
    new = NewProposal(
        branch=BRANCH,
        rollout="yolo",
        candidate="v9-gray",
        identity="v9-gray@123",
        kind=ProposalKind.PROMOTION,
        began=BEGAN,
        base=scratch.head("main"),
        files={PATH: a_manifest(20)},
        words=lambda: said,
        draft=False,
        refresh=False,
        at=minute(10),
    )
    return replace(new, **changes)  # type: ignore[arg-type]


def a_merge(scratch: Scratch, proposal: ProposalView, **changes: object) -> MergeRequest:
    request = MergeRequest(
        proposal=proposal,
        base=scratch.head("main"),
        files={PATH: a_manifest(20)},
        message=MESSAGE,
        at=minute(11),
    )
    return replace(request, **changes)  # type: ignore[arg-type]


def a_status(state: Health = Health.SUCCESS, at: float = 10, summary: str = "all pass") -> Status:
    return Status(state=state, summary=summary, evidence_at=minute(at))


EVIDENCE = '{"version": 1, "samples": 5}\n'


def a_hold(kind: HoldKind = HoldKind.FREEZE, **changes: object) -> Hold:
    hold = Hold(
        rollout="yolo",
        candidate="v9-gray@123",
        kind=kind,
        commit=BEGAN,
        since=minute(10),
        by="promoter",
        reason="failed: success-rate",
        evidence=sha256(EVIDENCE.encode()).hexdigest(),
    )
    return replace(hold, **changes)  # type: ignore[arg-type]


def view(forge: LocalForge, rollout: str = "yolo") -> ForgeView:
    return forge.read([rollout])[rollout]


def the_proposal(forge: LocalForge) -> ProposalView:
    (found,) = view(forge).proposals
    return found
