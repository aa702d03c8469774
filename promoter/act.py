"""Perform actions on the forge, in order; each is safe to do again after a kill at any point."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache, cached_property

from promoter.core.actions import Action, Await, Notify, Propose, RecordHold, SetStatus, Withdraw
from promoter.core.decision import Decision
from promoter.core.holds import Hold
from promoter.core.outcome import Did, Outcome
from promoter.core.proposals import Health as StatusState
from promoter.core.proposals import ProposalKind, ProposalState, ProposalView, Status
from promoter.core.subject import Health
from promoter.core.weights import Split
from promoter.errors import ForgeError, RepoError
from promoter.forge.protocol import Forge, HeldError, Merged, MergeRequest, NewProposal, Words
from promoter.manifest.edit import edit_weights
from promoter.notify.send import send
from promoter.observe import Observed
from promoter.proposal import body, messages
from promoter.proposal.evidence_json import digest, evidence_json
from promoter.report.known import hide, known_secrets
from promoter.report.numbers import one_line
from promoter.report.reasons import reason_line
from promoter.report.secrets import redact
from promoter.report.sentences import verdict_line


@dataclass(slots=True)
class Base:
    """Where base is now: it moves with every merge of this tick. `moved` has the paths that changed."""

    commit: str
    moved: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One candidate with everything that was concluded about it."""

    observed: Observed
    health: Health
    decision: Decision


@dataclass(frozen=True, kw_only=True)
class Acting:
    """The means of acting for one candidate: forge, base, and the evidence to keep."""

    forge: Forge
    base: Base
    judged: Judged
    environ: Mapping[str, str]
    reason: str = ""  # a human's, where one asked for a rollback

    @cached_property
    def evidence(self) -> str:
        """What the decision was based on, as JSON: composed where something is written, and once."""
        judged = self.judged
        return evidence_json(judged.observed.situation, judged.health, judged.decision, self._secrets)

    @cached_property
    def digest(self) -> str:
        """The sha256 of the evidence."""
        return digest(self.evidence)

    def hidden(self, text: str) -> str:
        """A finished text without the secrets that this run knows."""
        return hide(text, self._secrets)

    @cached_property
    def _secrets(self) -> tuple[str, ...]:
        return known_secrets(self.environ, self.judged.observed.situation.policy.notify)


def act(
    forge: Forge,
    base: Base,
    judged: Judged,
    actions: Sequence[Action],
    environ: Mapping[str, str],
    *,
    reason: str = "",
) -> tuple[Outcome, ...]:
    """Make these actions true. What the forge refuses is told, so that other candidates are acted for.

    After a refusal nothing is promoted any more; what stops or goes back is still tried.
    """
    if not actions:
        return ()
    acting = Acting(forge=forge, base=base, judged=judged, environ=environ, reason=reason)
    outcomes: list[Outcome] = []
    for action in actions:
        refused = any(outcome.did is Did.REFUSED for outcome in outcomes)
        if refused and isinstance(action, Propose) and action.kind is ProposalKind.PROMOTION:
            continue
        try:
            outcomes += _one(acting, action)
        except HeldError as error:
            outcomes.append(Outcome(did=Did.NOT_YET, subject=_about(action), detail=str(error)))
        except (ForgeError, RepoError) as error:
            outcomes.append(Outcome(did=Did.REFUSED, subject=_about(action), detail=str(error)))
    return tuple(outcomes)


def _about(action: Action) -> str:
    """What an action is about, in a word."""
    match action:
        case Propose(branch=branch) | Await(branch=branch):
            return branch
        case SetStatus(proposal=proposal) | Withdraw(proposal=proposal):
            return proposal.branch
        case RecordHold(hold=hold) | Notify(hold=hold):
            return hold.kind.value


def _one(acting: Acting, action: Action) -> Iterator[Outcome]:
    match action:
        case Propose():
            yield from _propose(acting, action)
        case Await(branch=branch, behind=behind, merged=merged):
            detail = "it was merged meanwhile" if merged else f"one at a time: {behind} is open"
            yield Outcome(did=Did.NOT_YET, subject=branch, detail=detail)
        case SetStatus(proposal=proposal, state=state):
            yield _status(acting, proposal, state)
        case Withdraw(proposal=proposal, why=why):
            acting.forge.ensure_closed(proposal, why=why, at=acting.judged.observed.situation.at)
            yield Outcome(did=Did.WITHDRAWN, subject=proposal.branch, detail=why, url=proposal.url)
        case RecordHold():
            yield _hold(acting, action)
        case Notify():
            yield from _notify(acting, action)


def _propose(acting: Acting, action: Propose) -> Iterator[Outcome]:
    known = action.known
    if known is not None and known.touched:
        yield Outcome(did=Did.HANDS_OFF, subject=action.branch, url=known.url)
        return
    opened = known is None or known.state is not ProposalState.OPEN
    new = _new(acting, action)
    proposal = acting.forge.ensure_proposal(new)
    url = proposal.url
    if proposal.touched:
        yield Outcome(did=Did.HANDS_OFF, subject=action.branch, url=url)
        return
    if proposal.state is ProposalState.MERGED:
        yield Outcome(
            did=Did.NOT_YET, subject=action.branch, detail="another run has merged it meanwhile", url=url
        )
        return
    if proposal.state is not ProposalState.OPEN:
        yield Outcome(did=Did.NOT_YET, subject=action.branch, detail="a human closed it meanwhile", url=url)
        return
    if opened:
        yield Outcome(
            did=Did.PROPOSED, subject=action.branch, detail="draft" if action.draft else "", url=url
        )
    stale = action.refresh or proposal.status is None  # rebuilt on another base, it has none yet
    if stale and action.kind is ProposalKind.PROMOTION:
        yield _status(acting, proposal, StatusState.SUCCESS)
    if proposal.status is None and action.kind is not ProposalKind.PROMOTION:
        allow(acting.forge, proposal, acting.judged.observed.situation.at)
    if action.merge:
        yield _merge(acting, new, proposal)


def _new(acting: Acting, action: Propose) -> NewProposal:
    situation = acting.judged.observed.situation
    return NewProposal(
        branch=action.branch,
        rollout=situation.policy.name,
        candidate=situation.candidate,
        identity=situation.timeline.identity,
        kind=action.kind,
        began=situation.timeline.began.sha,
        base=situation.base,
        files={situation.route.path: _content(acting, action.split)},
        words=cache(lambda: _words(acting, action)),
        draft=action.draft,
        refresh=action.refresh or action.merge,  # what is merged has its evidence kept
        at=situation.at,
    )


def _words(acting: Acting, action: Propose) -> Words:
    situation, health = acting.judged.observed.situation, acting.judged.health
    if action.kind is ProposalKind.PROMOTION:
        reasons = _reasons(acting)
        title = messages.promotion_title(situation, action.split)
        message = messages.promotion_message(situation, action.split, reasons, acting.digest)
        text = body.promotion_body(
            situation, health, action.split, evidence=acting.evidence, pages=acting.forge.pages
        )
    else:
        why = _why(acting)
        title = messages.rollback_title(situation, action.split)
        message = messages.rollback_message(situation, action.split, why, acting.digest)
        text = body.rollback_body(
            situation,
            health,
            action.split,
            why,
            evidence=acting.evidence,
            draft=action.draft,
            pages=acting.forge.pages,
        )
    return Words(
        message=acting.hidden(message),
        title=acting.hidden(title),
        body=acting.hidden(text),
        evidence=acting.evidence,
    )


def _content(acting: Acting, split: Split) -> bytes:
    return edit_weights(acting.judged.observed.located, dict(split.weights))


def _reasons(acting: Acting) -> list[str]:
    """The decision's reasons, and the verdict lines that a promotion rests on."""
    lines = [reason_line(reason) for reason in acting.judged.decision.reasons]
    checks = [f"{v.check}: {verdict_line(v)}" for v in acting.judged.health.verdicts]
    return [*lines, *checks]


def _why(acting: Acting) -> str:
    """Why a rollback is proposed: the hold that stands, or the decision."""
    holds = acting.judged.observed.situation.holds
    if acting.reason:
        return acting.reason
    return holds[0].reason if holds else reason_line(acting.judged.decision.reasons[0])


def _merge(acting: Acting, new: NewProposal, proposal: ProposalView) -> Outcome:
    base = acting.base
    if base.moved.intersection(new.files):
        return Outcome(did=Did.NOT_YET, subject=new.branch, detail="its file was changed in this tick")
    merged = acting.forge.merge(
        MergeRequest(
            proposal=proposal,
            base=base.commit,
            files=new.files,
            message=new.words().message,
            at=new.at,
        )
    )
    if not isinstance(merged, Merged):
        return Outcome(did=Did.NOT_YET, subject=new.branch, detail=merged.reason, url=proposal.url)
    base.commit = merged.commit
    base.moved.update(new.files)
    detail = f"{merged.commit[:9]}; {merged.note}" if merged.note else merged.commit[:9]
    return Outcome(did=Did.MERGED, subject=new.branch, detail=detail, url=proposal.url)


def _status(acting: Acting, proposal: ProposalView, state: StatusState) -> Outcome:
    reasons = acting.judged.decision.reasons
    summary = one_line(acting.hidden(reason_line(reasons[0])), 140)  # what GitHub shows of a status
    status = Status(state=state, summary=summary, evidence_at=acting.judged.observed.situation.at)
    acting.forge.ensure_status(proposal, status)
    return Outcome(did=Did.STATUS, subject=proposal.branch, detail=state.value, url=proposal.url)


def allow(forge: Forge, proposal: ProposalView, at: datetime) -> None:
    """Where the status is required, what rests on no evidence must not wait for any: a way back, an end."""
    summary = "it raises nothing on evidence: merging it is for people to decide"
    forge.ensure_status(proposal, Status(state=StatusState.SUCCESS, summary=summary, evidence_at=at))


def _hold(acting: Acting, action: RecordHold) -> Outcome:
    judged = acting.judged
    reason = redact(acting.hidden(action.hold.reason))  # of a rollback, what its commit says
    hold = replace(action.hold, evidence=acting.digest, reason=reason)
    situation, evidence = judged.observed.situation, acting.evidence
    text = body.hold_body(situation, judged.health, hold, evidence=evidence, pages=acting.forge.pages)
    acting.forge.ensure_hold(hold, evidence=evidence, body=acting.hidden(text))
    pages = acting.forge.pages
    url = pages.holds(hold.rollout) if pages else ""
    return Outcome(did=Did.HELD, subject=hold.kind.value, detail=hold.reason, url=url)


def _notify(acting: Acting, action: Notify) -> Iterator[Outcome]:
    situation, judged = acting.judged.observed.situation, acting.judged
    title = f"{situation.policy.name} is frozen: {action.hold.reason}"
    text = "\n".join(reason_line(reason) for reason in judged.decision.reasons)
    title, text = acting.hidden(title), acting.hidden(text)
    yield from send(situation.policy.notify, acting.environ, title=title, body=text)
    if situation.policy.dispatch:
        yield _dispatch(acting, situation.policy.dispatch, action.hold)


def _dispatch(acting: Acting, event: str, hold: Hold) -> Outcome:
    """Tell what listens on the forge, such as a retraining."""
    try:
        acting.forge.dispatch(event, hold, acting.evidence)
    except ForgeError as error:
        return Outcome(did=Did.FAILED, subject=f"dispatch {event}", detail=str(error))
    return Outcome(did=Did.NOTIFIED, subject=f"dispatch {event}")
