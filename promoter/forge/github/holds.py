"""Holds as issues: recorded once while they stand, lifted by closing, opened again where they come again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from promoter.core.holds import Hold, HoldKind, Lift
from promoter.errors import ForgeError
from promoter.forge.github.answers import OpenedIssue, Who, read_answer
from promoter.forge.github.desk import Desk
from promoter.forge.github.documents import HOLD_LABEL
from promoter.forge.github.fleet import Fleet
from promoter.forge.github.issues import HoldIssue
from promoter.forge.github.record import HoldRecord, hold_body, with_hold_record
from promoter.forge.github.refusals import RefusedError, UnclearError, issues_disabled
from promoter.forge.shelf import rollout_name
from promoter.report.numbers import inert, one_line

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
    _opened: set[tuple[str, str, str, str]] = field(default_factory=set, init=False)

    def ensure(self, hold: Hold, *, evidence: str, body: str) -> None:
        """The hold stands on record."""
        rollout_name(hold.rollout)
        self._need_issues()
        self.desk.api.begin(f"record the {hold.kind.value} of {hold.rollout}")
        same = self._same(hold)
        if any(item.stands for item in same) or hold.key in self._opened:
            return
        self.desk.keep(evidence)
        if same:
            last = same[-1]
            record = HoldRecord(holds=(*last.holds, hold))
            self._patch(last, {"state": "open", "body": hold_body(body, evidence, record)})
        else:
            self._open(hold, hold_body(body, evidence, HoldRecord(holds=(hold,))))
        self._opened.add(hold.key)

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
            text = f"{hold.kind.value}: {inert(hold.reason)}\n"
            number = self._open(hold, hold_body(text, "", HoldRecord(holds=(hold,))))
            self._close(number, {})
            return
        for item in standing:
            record = replace(
                item.record, holds=(*item.holds[:-1], replace(item.holds[-1], lifted=hold.lifted))
            )
            if item.issue.state == "CLOSED":  # by somebody who may not: it says who may, from now on
                self._patch(item, {"state": "open"})
            note = f"**Resumed** by {inert(hold.lifted.by, 60)}: {inert(hold.lifted.reason, 400)}"
            self._close(item.issue.number, {"body": with_hold_record(item.issue.body, record, note)})
            self._comment(item.issue.number, note)
        self._opened.discard(hold.key)

    def _same(self, hold: Hold) -> list[HoldIssue]:
        return [item for item in self.fleet.holds() if item.key == hold.key]

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

    def _open(self, hold: Hold, body: str) -> int:
        title = one_line(f"{hold.rollout} is {_WORDS[hold.kind]}: {hold.reason}", _TITLE)
        payload = {"title": title, "body": body, "labels": [HOLD_LABEL]}
        doing = "open an issue"
        try:
            answer = self.desk.api.write("POST", "/issues", payload, doing)
        except UnclearError as error:
            if any(item.stands for item in self._same(hold)):
                return self._same(hold)[-1].issue.number
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
        return opened.number

    def reopen(self, item: HoldIssue) -> str:
        """It was closed by somebody who may not: it stands on. Returns what to tell."""
        closer = item.issue.closing.actor if item.issue.closing else None
        who = closer.name if closer else "someone"
        self._patch(item, {"state": "open"})
        self._comment(
            item.issue.number,
            f"Opened again: a hold is lifted by a human with triage rights or more, and {inert(who, 60)} is "
            "not one. Close it yourself to resume.",
        )
        return f"hold issue {item.issue.number} was closed by {one_line(who, 60)}, who may not: opened again"

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
