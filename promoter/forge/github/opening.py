"""Opening a pull request: with its words, its evidence and its record, or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from promoter.errors import ForgeError, PromoterError
from promoter.forge.github.answers import Head, Nodes, PullRequest, read_answer
from promoter.forge.github.desk import Desk, Found
from promoter.forge.github.pulls import Pull
from promoter.forge.github.record import ProposalRecord, proposal_body
from promoter.forge.github.refusals import RefusedError, UnclearError
from promoter.forge.github.rest import OpenedPull
from promoter.forge.protocol import NewProposal
from promoter.report.numbers import one_line

_TITLE = 256  # what GitHub takes


def title_of(new: NewProposal) -> str:
    """Its title on one line."""
    return one_line(new.words().title, _TITLE)


@dataclass(frozen=True, slots=True)
class Opening:
    """Opens pull requests from branches that are right."""

    desk: Desk

    def open(self, new: NewProposal, record: ProposalRecord, head: Head, *, mine: bool) -> Pull | None:
        """A new pull request; None where another run was faster.

        Where it cannot be opened, the branch that was made for it just now (`mine`) goes again. Raises
        ForgeError.
        """
        self.desk.keep(new.words().evidence)
        try:
            opened, record = self._post(new, record)
        except RefusedError as error:
            if "already exists" in error.answer.text:
                return None
            if mine:
                with suppress(PromoterError):
                    self.desk.move(new.branch, None, head.oid)
            raise
        except UnclearError as error:
            found = self.desk.look(new.branch).pull
            if found and found.is_open:
                return None
            hint = "the next tick looks again"
            raise ForgeError(
                f"it is not clear whether {new.branch} was opened: {error}", hint=hint
            ) from error
        pull = Pull(pull=_pull(new, opened, self.desk.base.branch, head), head=head, record=record)
        self.desk.remember(Found(head=head, pull=pull))
        return pull

    def _post(self, new: NewProposal, record: ProposalRecord) -> tuple[OpenedPull, ProposalRecord]:
        try:
            record = replace(record, draft=new.draft)
            return self._posted(new, record, draft=new.draft), record
        except RefusedError as error:
            if not new.draft or "draft" not in error.answer.text:
                raise
        plain = replace(record, plain=True)  # this repository's plan has no drafts
        return self._posted(new, plain, draft=False), plain

    def _posted(self, new: NewProposal, record: ProposalRecord, *, draft: bool) -> OpenedPull:
        payload: Mapping[str, Any] = {
            "title": title_of(new),
            "head": new.branch,
            "base": self.desk.base.branch,
            "body": proposal_body(new.words().body, new.words().evidence, record),
            "draft": draft,
        }
        answer = self.desk.api.write("POST", "/pulls", payload, "open a pull request")
        return read_answer(OpenedPull, answer, "the pull request that was opened")


def _pull(new: NewProposal, opened: OpenedPull, base: str, head: Head) -> PullRequest:
    """A pull request that was opened just now."""
    return PullRequest(
        id=opened.node_id,
        number=opened.number,
        url=opened.html_url,
        state="OPEN",
        is_draft=opened.draft,
        title=title_of(new),
        body="",
        head_ref_name=new.branch,
        head_ref_oid=head.oid,
        base_ref_name=base,
        is_cross_repository=False,
        closed_at=None,
        author=None,
        merge_commit=None,
        closings=Nodes(nodes=()),
    )
