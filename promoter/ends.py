"""A release's two ends, as people ask for them: `introduce` a candidate, `finish` one that is done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from promoter.act import allow
from promoter.core.branches import finish_branch, introduction_branch
from promoter.core.decision import Decision
from promoter.core.ladder import lowered, target
from promoter.core.outcome import Did, Outcome
from promoter.core.proposals import ProposalKind, ProposalState, ProposalView
from promoter.core.route import WorkloadRef
from promoter.core.situation import Situation
from promoter.core.subject import Health
from promoter.core.timeline import identity_of
from promoter.core.weights import Split, WeightError, format_percent
from promoter.ends_refused import (
    held,
    refuse_complete,
    refuse_held,
    refuse_twin,
    refuse_undone,
    refuse_unfinishable,
)
from promoter.errors import ManifestError, Problem, PromoterError
from promoter.forge.protocol import Merged, MergeRequest, NewProposal, Words
from promoter.human import Request, asked, unasked
from promoter.manifest.edit import edit_weights
from promoter.manifest.images import image_name
from promoter.manifest.kustomize import NAMES, image_override
from promoter.manifest.locate import locate_route
from promoter.manifest.workload import Container, read_containers
from promoter.manifest.workload_edit import edit_workload
from promoter.observe import Observed
from promoter.proposal import ends as words
from promoter.proposal.evidence_json import digest, evidence_json
from promoter.report.known import hide, known_secrets
from promoter.report.numbers import one_line
from promoter.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Introduction:
    """What `introduce` is asked for.

    `container` is needed where the workload has several. `from_zero` leaves the first step to the bot. `again`
    says that an image with a hold of its own, or a proposal that was closed, is meant. `merge`: at once.
    """

    image: str
    container: str | None = None
    from_zero: bool = False
    again: bool = False
    merge: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What came of it; `note` says why nothing was to do."""

    outcomes: tuple[Outcome, ...] = ()
    note: str = ""


@dataclass(slots=True)
class _Edits:
    """Files of base as they become; each edit builds on the ones before, whatever file it is in."""

    world: World
    files: dict[str, bytes] = field(default_factory=dict)
    base: dict[str, bytes] = field(default_factory=dict)

    def read(self, path: str) -> bytes:
        if path not in self.files:
            found = self.world.repo.read_files(self.world.base.commit, [path])[path]
            if isinstance(found, Problem):
                raise ManifestError(found.message, where=found.where, hint=found.hint)
            self.files[path] = self.base[path] = found
        return self.files[path]

    def containers(self, ref: WorkloadRef) -> tuple[Container, ...]:
        return read_containers(ref.file, self.read(ref.file), ref)

    def workload(self, ref: WorkloadRef, images: Mapping[str, str], replicas: int | None = None) -> None:
        data = self.read(ref.file)
        self.files[ref.file] = edit_workload(ref.file, data, ref, images=images, replicas=replicas)

    def split(self, situation: Situation, split: Split) -> None:
        path = situation.route.path
        located = locate_route(path, self.read(path), situation.policy.route)
        self.files[path] = edit_weights(located, dict(split.weights))

    @property
    def changed(self) -> Mapping[str, bytes]:
        return {path: data for path, data in self.files.items() if data != self.base[path]}


def introduce(world: World, observed: Observed, request: Request, wanted: Introduction) -> Done:
    """Propose another image behind the candidate, one replica of it, and the first step's weight.

    Raises PromoterError where it must not be, or cannot be written.
    """
    situation, image = observed.situation, wanted.image
    candidate = situation.candidate
    ref, edits = _workload(situation, candidate), _Edits(world)
    containers = edits.containers(ref)
    former = _the_container(containers, wanted.container, ref)
    if former.image == image:
        stopped = "".join(f"; {held(hold)}" for hold in situation.holds)
        return Done(note=f"{candidate} runs {image} already, at {format_percent(situation.percent)}{stopped}")
    after = tuple(image if one is former else one.image for one in containers)
    refuse_twin(situation, _stable_images(situation, edits), after)
    refuse_complete(situation)
    refuse_held(situation, after, again=wanted.again)
    _refuse_overridden(world, ref, {former.image, image})
    to = _first_step(situation, from_zero=wanted.from_zero)
    edits.workload(ref, {former.name: image}, replicas=1)
    edits.split(situation, to)
    branch = introduction_branch(situation, f"{former.name} {image}")
    evidence = evidence_json(situation, unasked(), asked(request), _known(world, situation))
    said = _words(
        world,
        situation,
        message=words.introduction_message(situation, image, to, request.reason, digest(evidence)),
        title=words.introduction_title(situation, image, to),
        body=words.introduction_body(situation, image, former.image, to, evidence),
        evidence=evidence,
    )
    new = NewProposal(
        branch=branch,
        rollout=situation.policy.name,
        candidate=candidate,
        identity=identity_of(candidate, after),
        kind=ProposalKind.INTRODUCTION,
        began=situation.timeline.came.sha,
        base=situation.base,
        files=edits.changed,
        words=lambda: said,
        draft=False,
        refresh=False,
        at=request.at,
    )
    outcomes = _propose(world, situation, new, again=wanted.again, merge=wanted.merge)
    return Done(outcomes=(*outcomes, *_supersede(world, situation, branch)))


def finish(
    world: World,
    observed: Observed,
    conclude: Callable[[], tuple[Health, Decision]],
    request: Request,
    *,
    unproven: bool = False,
    again: bool = False,
    merge: bool = False,
) -> Done:
    """Propose the candidate's images as the stable ones and its weight back to 0, in one commit.

    `conclude` judges and decides; it is called where nothing else stands in the way. Raises PromoterError where
    the release is not done, or it cannot be written.
    """
    situation = observed.situation
    policy, candidate = situation.policy, situation.candidate
    gray, stable = _workload(situation, candidate), _workload(situation, policy.stable)
    if situation.timeline.finished:
        return Done(note=f"{policy.stable} runs the image of {candidate} already, which is at 0%")
    refuse_unfinishable(situation)
    health, decision = conclude()
    refuse_undone(situation, decision, unproven=unproven)
    edits, told, to = _finished(world, situation, gray, stable)
    evidence = evidence_json(situation, health, decision, _known(world, situation))
    said = _words(
        world,
        situation,
        message=words.finish_message(situation, told, to, request.reason, digest(evidence)),
        title=words.finish_title(situation, to),
        body=words.finish_body(situation, health, told, to, evidence),
        evidence=evidence,
    )
    new = NewProposal(
        branch=finish_branch(situation),
        rollout=policy.name,
        candidate=candidate,
        identity=situation.timeline.identity,
        kind=ProposalKind.FINISH,
        began=situation.timeline.began.sha,
        base=situation.base,
        files=edits.changed,
        words=lambda: said,
        draft=False,
        refresh=False,
        at=request.at,
    )
    return Done(outcomes=_propose(world, situation, new, again=again, merge=merge))


def _finished(
    world: World, situation: Situation, gray: WorkloadRef, stable: WorkloadRef
) -> tuple[_Edits, tuple[str, ...], Split]:
    """The files of a finish, the images that stable takes over, and the split afterwards."""
    policy, candidate, edits = situation.policy, situation.candidate, _Edits(world)
    ours, theirs = edits.containers(gray), edits.containers(stable)
    images = _taken_over(situation, ours, theirs)
    if not images and not situation.timeline.taken_over:
        raise PromoterError(
            f"{candidate} and {policy.stable} run the same image: what differs is not in it, so it cannot be taken over",
            hint="change the stable workload by hand, in one commit with the weights",
        )
    _refuse_overridden(world, stable, {one.image for one in (*ours, *theirs)})
    to = lowered(
        situation.route.split,
        situation.percent * 0,
        candidate=candidate,
        stable=policy.stable,
        destinations=situation.route.destinations,
    )
    edits.workload(stable, images)
    edits.split(situation, to)
    return edits, tuple(dict.fromkeys(images.values())) or tuple(one.image for one in ours), to


def the_candidate(found: Sequence[Observed], name: str | None) -> Observed:
    """The candidate that is meant. Raises PromoterError where that is not clear."""
    known = [item.situation.candidate for item in found]
    meant = [item for item in found if name in (None, item.situation.candidate)]
    if len(meant) == 1:
        return meant[0]
    rollout = found[0].situation.policy.name
    told = f"no candidate {one_line(name, 60)}" if name else f"{len(known)} candidates"
    raise PromoterError(f"{rollout} has {told}", hint=f"say --candidate with one of: {', '.join(known)}")


def _workload(situation: Situation, version: str) -> WorkloadRef:
    policy = situation.policy
    found = dict(policy.workloads).get(version)
    if found is None:
        raise PromoterError(
            f"{policy.file}: the policy does not say what runs behind {version}",
            hint=f"add workloads: {{{version}: {{file: …, kind: Deployment, name: …}}}} to it on base",
        )
    return found


def _stable_images(situation: Situation, edits: _Edits) -> tuple[str, ...]:
    ref = dict(situation.policy.workloads).get(situation.policy.stable)
    return tuple(one.image for one in edits.containers(ref)) if ref else ()


def _the_container(containers: Sequence[Container], name: str | None, ref: WorkloadRef) -> Container:
    known = ", ".join(one.name for one in containers)
    meant = [one for one in containers if name in (None, one.name)]
    if len(meant) == 1 and meant[0].name:
        return meant[0]
    where = f"{ref.file}: {ref.kind} {ref.name}"
    if name is not None:
        raise PromoterError(f"{where} has no container {one_line(name, 60)}", hint=f"there are: {known}")
    if len(containers) == 1:
        raise PromoterError(f"{where}: its container has no name", hint="Kubernetes needs one as well")
    raise PromoterError(
        f"{where} has {len(containers)} containers", hint=f"say --container with one of: {known}"
    )


def _refuse_overridden(world: World, ref: WorkloadRef, images: Iterable[str]) -> None:
    """Refuse where Kustomize sets the image by itself: an edit of the manifest would change nothing."""
    repo, base = world.repo, world.base.commit
    paths = [path for path in repo.list_files(base, ".", NAMES) if path.rsplit("/", 1)[-1] in NAMES]
    files = repo.read_files(base, paths)
    readable = {path: data for path, data in files.items() if not isinstance(data, Problem)}
    found = image_override(readable, ref.file, frozenset(image_name(image) for image in images))
    if found is not None:
        where, name = found
        raise ManifestError(
            f"Kustomize sets the image of {one_line(name)} here, so the one in {ref.file} is not what runs",
            where=where,
            hint="write the image into the manifest, and take this entry of `images:` out",
        )


def _first_step(situation: Situation, *, from_zero: bool) -> Split:
    versions = {"candidate": situation.candidate, "stable": situation.policy.stable}
    destinations = situation.route.destinations
    split = lowered(situation.route.split, situation.percent * 0, **versions, destinations=destinations)
    if from_zero:
        return split
    try:
        return target(split, situation.policy.steps[0], **versions, destinations=destinations)
    except WeightError as error:
        raise PromoterError(f"{situation.policy.name}: {error}", hint="look at the policy's steps") from error


def _taken_over(
    situation: Situation, ours: Sequence[Container], theirs: Sequence[Container]
) -> Mapping[str, str]:
    """Stable's containers that get another image: each has the one of the candidate's of the same name."""
    mine = {one.name: one.image for one in ours}
    names = sorted(one.name for one in theirs)
    if len(ours) == len(theirs) == 1 and theirs[0].name:
        mine = {theirs[0].name: ours[0].image}
    elif sorted(one.name for one in ours) != names or len(mine) < len(ours):
        raise PromoterError(
            f"{situation.candidate} has the containers {', '.join(one.name for one in ours)}, "
            f"{situation.policy.stable} has {', '.join(names)}: which image goes where cannot be told",
            hint="give them the same names",
        )
    return {one.name: mine[one.name] for one in theirs if mine[one.name] != one.image}


def _propose(
    world: World, situation: Situation, new: NewProposal, *, again: bool, merge: bool
) -> tuple[Outcome, ...]:
    known = next((p for p in situation.view.proposals if p.branch == new.branch), None)
    if known is not None and known.state is ProposalState.CLOSED and not again:
        raise PromoterError(f"{new.branch} was closed unmerged", hint="--again proposes it once more")
    proposal = world.forge.ensure_proposal(new)
    if proposal.touched:
        return (Outcome(did=Did.HANDS_OFF, subject=new.branch),)
    if proposal.state is ProposalState.MERGED:
        return (Outcome(did=Did.NOT_YET, subject=new.branch, detail="it was merged meanwhile"),)
    if proposal.state is not ProposalState.OPEN:
        return (Outcome(did=Did.NOT_YET, subject=new.branch, detail="it was closed meanwhile"),)
    if proposal.status is None:
        allow(world.forge, proposal, new.at)
    same = known is not None and known.state is ProposalState.OPEN
    rebuilt = same and known is not None and known.made != proposal.made
    outcome = Outcome(
        did=Did.REFRESHED if same else Did.PROPOSED,
        subject=new.branch,
        detail="built anew on base" if rebuilt else "it is open already" if same else "",
    )
    return (outcome, _merge(world, new, proposal)) if merge else (outcome,)


def _words(
    world: World, situation: Situation, *, message: str, title: str, body: str, evidence: str
) -> Words:
    """Finished texts without the secrets that this run knows."""
    known = _known(world, situation)
    return Words(
        message=hide(message, known), title=hide(title, known), body=hide(body, known), evidence=evidence
    )


def _known(world: World, situation: Situation) -> tuple[str, ...]:
    return known_secrets(world.environ, situation.policy.notify)


def _merge(world: World, new: NewProposal, proposal: ProposalView) -> Outcome:
    merged = world.forge.merge(
        MergeRequest(
            proposal=proposal, base=new.base, files=new.files, message=new.words().message, at=new.at
        )
    )
    if not isinstance(merged, Merged):
        return Outcome(did=Did.NOT_YET, subject=new.branch, detail=merged.reason)
    detail = f"{merged.commit[:9]}; {merged.note}" if merged.note else merged.commit[:9]
    return Outcome(did=Did.MERGED, subject=new.branch, detail=detail)


def _supersede(world: World, situation: Situation, branch: str) -> tuple[Outcome, ...]:
    """The bot's own introductions of other images for this candidate are out of date now."""
    older = [
        proposal
        for proposal in situation.view.open(ProposalKind.INTRODUCTION)
        if proposal.candidate == situation.candidate and proposal.branch != branch and not proposal.touched
    ]
    why = f"{branch} came after it"
    for proposal in older:
        world.forge.ensure_closed(proposal, why=why, at=situation.at)
    return tuple(Outcome(did=Did.WITHDRAWN, subject=proposal.branch, detail=why) for proposal in older)
