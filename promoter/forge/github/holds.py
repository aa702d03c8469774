"""Holds as issues: recorded once while they stand, lifted by closing, opened again where they come again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from promoter.core.holds import Hold, HoldKind, Lift
from promoter.errors import ForgeError
from promoter.forge.github.answers import Issue, Nodes, Who, read_answer
from promoter.forge.github.desk import Desk
from promoter.forge.github.documents import HOLD_LABEL
from promoter.forge.github.fleet import Fleet
from promoter.forge.github.issues import HoldIssue
from promoter.forge.github.record import HoldRecord, hold_body, with_hold_record
from promoter.forge.github.refusals import RefusedError, UnclearError, issues_disabled
from promoter.forge.github.rest import OpenedIssue
from promoter.forge.shelf import rollout_name
from promoter.report.numbers import for_markdown, inert, one_line

_WORDS = {
    HoldKind.FREEZE: "frozen",
    HoldKind.PAUSE: "paused",
    HoldKind.ROLLBACK: "rolled back",
    HoldKind.VETO: "vetoed",
}
_TITLE = 200


@dataclass(slots=True, kw_only=True)
class Holds:
    """The issues with the label. Those that this run opened are remembered: lists show them late."""

    desk: Desk
    fleet: Fleet
    _own: dict[int, HoldIssue] = field(default_factory=dict, init=False)

    def ensure(self, hold: Hold, *, evidence: str, body: str) -> None:
        """The hold stands on record."""
        rollout_name(hold.rollout)
        self._need_issues()
        self.desk.api.begin(f"record the {hold.kind.value} of {hold.rollout}")
        same = self._same(hold)
        if any(item.stands for item in same):
            return
        self.desk.keep(evidence)
        if same:
            last = same[-1]
            record = HoldRecord(holds=(*last.holds, hold))
            text = hold_body(body, evidence, record)
            self._patch(last, {"state": "open", "body": text})
            self._remember(last.issue, record, text, "OPEN")
        else:
            record = HoldRecord(holds=(hold,))
            self._open(record, hold_body(body, evidence, record))
            self._yield(hold)

    def _yield(self, hold: Hold) -> None:
        """Where another run recorded the same hold at the same moment, the lower number stands for both."""
        standing = [item for item in self._same(hold) if item.stands]
        for item in standing[1:]:
            if item.issue.number in self._own:
                self.drop(item, standing[0])
                del self._own[item.issue.number]

    def lift(self, hold: Hold) -> None:
        """The hold, whose `lifted` is set, is on record as lifted by a human."""
        if hold.lifted is None:
            raise ValueError("a hold that is lifted says by whom")
        rollout_name(hold.rollout)
        self._need_issues()
        self._need_right(hold.lifted)
        same = self._same(hold)
        standing = [item for item in same if item.stands]
        if same and not standing:
            return
        if not same:
            text = f"{hold.kind.value}: {for_markdown(hold.reason)}\n"
            record = HoldRecord(holds=(hold,))
            issue = self._open(record, hold_body(text, "", record))
            self._close(issue.number, {})
            self._remember(issue, record, issue.body, "CLOSED")
            return
        for item in standing:
            record = replace(
                item.record, holds=(*item.holds[:-1], replace(item.holds[-1], lifted=hold.lifted))
            )
            if item.issue.state == "CLOSED":  # by somebody who may not: it says who may, from now on
                self._patch(item, {"state": "open"})
            note = (
                f"**Resumed** by {for_markdown(hold.lifted.by, 60)}: {for_markdown(hold.lifted.reason, 400)}"
            )
            body = with_hold_record(item.issue.body, record, note)
            self._close(item.issue.number, {"body": body})
            self._remember(item.issue, record, body, "CLOSED")
            self._comment(item.issue.number, note)

    def _same(self, hold: Hold) -> list[HoldIssue]:
        """The issues of a hold; those that this run wrote as it wrote them, because lists show it late."""
        found = {item.issue.number: item for item in self.fleet.holds()} | self._own
        return sorted(
            (item for item in found.values() if item.key == hold.key), key=lambda item: item.issue.number
        )

    def _remember(self, issue: Issue, record: HoldRecord, body: str, state: str) -> None:
        after = issue.model_copy(update={"body": body, "state": state})
        self._own[issue.number] = HoldIssue(issue=after, record=record, holds=record.holds)

    def _need_issues(self) -> None:
        if not self.desk.facts.has_issues_enabled:
            message, hint = issues_disabled(self.desk.facts.name_with_owner)
            raise ForgeError(message, hint=hint)

    def _need_right(self, lift: Lift) -> None:
        """Who pressed a button of Actions is asked for the same right as who closes the issue."""
        human = self.desk.settings.human
        if (
            human
            and lift.by == human
            and not self.fleet.may(Who.model_validate({"__typename": "User", "login": human}))
        ):
            raise ForgeError(
                f"{human} may not resume", hint="it takes triage rights or more in the repository"
            )

    def _open(self, record: HoldRecord, body: str) -> Issue:
        hold = record.last
        title = inert(f"{hold.rollout} is {_WORDS[hold.kind]}: {hold.reason}", _TITLE)
        payload = {"title": title, "body": body, "labels": [HOLD_LABEL]}
        doing = "open an issue"
        try:
            answer = self.desk.api.write("POST", "/issues", payload, doing)
        except UnclearError as error:
            same = self._same(hold)
            if same:
                return same[-1].issue
            raise ForgeError(
                f"it is not clear whether the {hold.kind.value} of {hold.rollout} was recorded: {error}",
                hint="the next tick looks again",
            ) from error
        opened = read_answer(OpenedIssue, answer, "the issue that was opened")
        if HOLD_LABEL not in opened.label_names:  # GitHub drops labels silently
            raise ForgeError(
                f"issue {opened.number} did not get its label {HOLD_LABEL}, so it does not hold",
                hint="the token needs `issues: write`; label it by hand, or close it",
            )
        issue = _issue(opened, body, hold)
        self._remember(issue, record, body, "OPEN")
        return issue

    def reopen(self, item: HoldIssue) -> str:
        """It was closed by somebody who may not, or not by hand: it stands on. Returns what to tell."""
        closing = item.issue.closing
        who = closing.actor.name if closing and closing.actor else "someone"
        if closing and closing.closer:
            why = "it was closed by a keyword in what was merged, which is no resume"
            told = "was closed by a keyword in what was merged, not by hand"
        else:
            why = f"a hold is lifted by a human with triage rights or more, and {for_markdown(who, 60)} is not one"
            told = f"was closed by {one_line(who, 60)}, who may not"
        self._patch(item, {"state": "open"})
        self._comment(item.issue.number, f"Opened again: {why}. Close it yourself to resume.")
        return f"hold issue {item.issue.number} {told}: opened again"

    def label(self, item: HoldIssue) -> str:
        """It lost its label, by which people and others' tokens find it. Returns what to tell."""
        number = item.issue.number
        payload = {"labels": [HOLD_LABEL]}
        try:
            self.desk.api.write("POST", f"/issues/{number}/labels", payload, f"label issue {number}")
        except (RefusedError, UnclearError) as error:
            return f"hold issue {number} stands without its label {HOLD_LABEL}: {error}"
        return f"hold issue {number} had lost its label {HOLD_LABEL}, which lifts nothing: put back"

    def note_lift(self, item: HoldIssue) -> None:
        """Its record learns who lifted it, so that nobody's rights have to be asked for again."""
        record = replace(item.record, holds=item.holds)
        self._patch(item, {"body": with_hold_record(item.issue.body, record)})

    def drop(self, item: HoldIssue, first: HoldIssue) -> None:
        """Two runs recorded the same hold: the later issue refers to the first, and ends."""
        record = replace(item.record, duplicate_of=first.issue.number)
        note = f"The same hold as issue {first.issue.number}, which stands for both."
        body = with_hold_record(item.issue.body, record, note)
        self._close(item.issue.number, {"body": body, "state_reason": "not_planned"})

    def _close(self, number: int, changes: Mapping[str, Any]) -> None:
        payload = {"state": "closed", "state_reason": "completed", **changes}
        self._write("PATCH", f"/issues/{number}", payload, f"close issue {number}")

    def _patch(self, item: HoldIssue, changes: Mapping[str, Any]) -> None:
        number = item.issue.number
        self._write("PATCH", f"/issues/{number}", changes, f"change issue {number}")

    def _write(self, verb: str, path: str, payload: Mapping[str, Any], doing: str) -> None:
        try:
            self.desk.api.write(verb, path, payload, doing)
        except UnclearError as error:
            raise ForgeError(
                f"it is not clear whether GitHub did {doing}: {error}", hint="run again"
            ) from error

    def _comment(self, number: int, text: str) -> None:
        """For people only: the record is in the body, so a comment that fails is not missed."""
        try:
            self.desk.api.write(
                "POST", f"/issues/{number}/comments", {"body": text}, f"comment on issue {number}"
            )
        except (RefusedError, UnclearError):
            return


def _issue(opened: OpenedIssue, body: str, hold: Hold) -> Issue:
    """An issue that was opened just now."""
    return Issue(
        id=opened.node_id,
        number=opened.number,
        url=opened.html_url,
        state="OPEN",
        body=body,
        created_at=hold.since,
        closed_at=None,
        author=None,
        closings=Nodes(nodes=()),
    )
