"""`promoter guard` on GitHub: in a pull request's job with a token that only reads, and the bot's word on all."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from tests.e2e.conftest import NewGitHubProject
from tests.e2e.github_project import GitHubProject
from tests.e2e.policies import MANIFEST, NAME, a_manifest
from tests.e2e.project import Ran, minute
from tests.fakes.github import merging
from tests.fakes.github.hub import ACTIONS, BOT
from tests.fakes.github.state import Pull, Rules

DUE_AT = minute(6)
READER = "ghs_" + "Reader1234" * 4


def a_pull(yolo: GitHubProject, branch: str, files: Mapping[str, str], by: str = "grace") -> Pull:
    """Someone's pull request, and its commit where GitHub keeps it."""
    hub = yolo.hub
    yolo.site.at = minute(5)
    hub.create_ref(f"refs/heads/{branch}", hub.head(), by)
    yolo.site.commit({path: text.encode() for path, text in files.items()}, "a change", by=by, branch=branch)
    pull = hub.open_pull(by, head=branch, title="a change")
    keep(yolo, pull)
    return pull


def keep(yolo: GitHubProject, pull: Pull) -> None:
    """GitHub has every pull request's head under a ref of its own."""
    yolo.hub.bare.git("update-ref", f"refs/pull/{pull.number}/head", pull.head)


def everyone(yolo: GitHubProject, at: object = DUE_AT) -> Ran:
    return yolo.promoter("guard", "--open", at=at)  # type: ignore[arg-type]


def test_every_pull_request_gets_the_status_that_base_requires(github: NewGitHubProject) -> None:
    yolo = github()
    words = a_pull(yolo, "words", {"README.md": "More words.\n"})
    far = a_pull(yolo, "far", {MANIFEST: a_manifest(50)})
    due = a_pull(yolo, "due", {MANIFEST: a_manifest(20)}, by="ada")
    ran = everyone(yolo)
    assert ran.code == 0, ran.err
    assert [yolo.site.status(pull) for pull in (words, far, due)] == ["success", "failure", "success"]
    lines = {line.split()[0]: line for line in ran.out.splitlines()}
    assert "v9-gray goes from 5% to 50%: not the step that is due (20%)" in lines[f"#{far.number}"]
    statuses = yolo.hub.state.statuses[words.head]
    assert [(status.context, status.creator) for status in statuses] == [("rollout/health", BOT)]


def test_a_merge_queue_that_requires_the_status_gets_it_on_its_groups(github: NewGitHubProject) -> None:
    yolo = github()
    words = a_pull(yolo, "words", {"README.md": "More words.\n"})
    due = a_pull(yolo, "due", {MANIFEST: a_manifest(20)}, by="ada")
    yolo.hub.rules = Rules(merge_queue=True, checks=(("rollout/health", BOT),))
    everyone(yolo)
    for pull in (words, due):
        merging.enqueue(yolo.hub, pull, "grace", pull.head)
    assert merging.run_queue(yolo.hub) == []
    ran = everyone(yolo)
    assert ran.code == 0, ran.err
    said = [line for line in ran.out.splitlines() if line.startswith(f"merge group pr-{due.number}-")]
    assert len(said) == 1
    assert merging.run_queue(yolo.hub) == [words.number, due.number]
    assert yolo.weight() == 20


def test_a_group_that_raises_what_is_not_due_any_more_is_thrown_out_of_the_queue(
    github: NewGitHubProject,
) -> None:
    yolo = github()
    due = a_pull(yolo, "due", {MANIFEST: a_manifest(20)})
    yolo.hub.rules = Rules(merge_queue=True, checks=(("rollout/health", BOT),))
    everyone(yolo)
    merging.enqueue(yolo.hub, due, "grace", due.head)
    yolo.promoter("pause", NAME, "--reason", "line stopped", at=DUE_AT)
    everyone(yolo, minute(7))
    assert merging.run_queue(yolo.hub) == []
    assert due.queued is None
    assert yolo.weight() == 5


def test_the_requests_of_a_look_at_all_of_them_are_two_and_one_a_new_word(github: NewGitHubProject) -> None:
    yolo = github()
    a_pull(yolo, "words", {"README.md": "More words.\n"})
    everyone(yolo)
    first = len(yolo.github.log)
    everyone(yolo)
    assert len(yolo.github.log) - first == 2  # who we are and where base is; the pull requests and the queue
    a_pull(yolo, "more", {"NOTES.md": "Words.\n"})
    everyone(yolo)
    assert [call.writes for call in yolo.github.log[first + 2 :]].count(True) == 1


def test_it_is_said_once_and_again_when_health_changes(github: NewGitHubProject) -> None:
    yolo = github("slow")
    words = a_pull(yolo, "words", {"README.md": "More words.\n"})
    due = a_pull(yolo, "due", {MANIFEST: a_manifest(20)})
    everyone(yolo)
    assert yolo.site.status(due) == "failure"
    again = everyone(yolo)
    assert again.out.count("(said already)") == 2
    assert len(yolo.hub.state.statuses[words.head]) == len(yolo.hub.state.statuses[due.head]) == 1


def test_a_success_that_rests_on_evidence_is_renewed_and_one_that_does_not_is_not(
    github: NewGitHubProject,
) -> None:
    yolo = github("at-five")
    words = a_pull(yolo, "words", {"README.md": "More words.\n"})
    due = a_pull(yolo, "due", {MANIFEST: a_manifest(20)})
    everyone(yolo, minute(4))
    everyone(yolo, minute(20))  # half of the evidence's time is over
    assert len(yolo.hub.state.statuses[due.head]) == 2
    assert len(yolo.hub.state.statuses[words.head]) == 1


def test_the_bots_own_proposal_keeps_the_ticks_word_whoever_else_opens_its_commit(
    github: NewGitHubProject,
) -> None:
    yolo = github()
    yolo.run(DUE_AT)
    proposal = yolo.site.pull("5-to-20")
    keep(yolo, proposal)
    yolo.hub.create_ref("refs/heads/mine", proposal.head, "grace")
    copy = yolo.hub.open_pull("grace", head="mine", title="the same")
    keep(yolo, copy)
    before = list(yolo.hub.state.statuses[proposal.head])
    ran = everyone(yolo, minute(7))
    assert (ran.code, ran.out) == (0, "")
    assert list(yolo.hub.state.statuses[proposal.head]) == before


def test_a_conflict_and_a_commit_that_is_gone_are_pending_and_stop_no_other(github: NewGitHubProject) -> None:
    yolo = github()
    everyone(yolo)  # the clone is there before the commits are
    old = a_pull(yolo, "old", {MANIFEST: a_manifest(6)})
    gone = a_pull(yolo, "gone", {"README.md": "Gone.\n"})
    words = a_pull(yolo, "words", {"NOTES.md": "Words.\n"})
    yolo.set_weight(1, minute(5))
    yolo.hub.bare.git("update-ref", "-d", f"refs/pull/{gone.number}/head")
    yolo.hub.bare.git("update-ref", "-d", "refs/heads/gone")
    ran = everyone(yolo)
    assert ran.code == 0, ran.err
    assert [yolo.site.status(pull) for pull in (old, gone, words)] == ["pending", "pending", "success"]
    assert f"conflicts with base in {MANIFEST}" in ran.out


def test_only_the_bot_says_it(github: NewGitHubProject) -> None:
    yolo = github()
    words = a_pull(yolo, "words", {"README.md": "More words.\n"})
    ran = yolo.promoter("guard", "--open", at=DUE_AT, PROMOTER_BOT="somebody-else[bot]")
    assert ran.code == 1
    assert "only the bot says rollout/health" in ran.err
    assert yolo.site.status(words) == ""


@pytest.mark.parametrize("paused", [False, True], ids=["going on", "paused"])
def test_in_a_pull_requests_job_a_reader_knows_the_holds(github: NewGitHubProject, *, paused: bool) -> None:
    yolo = github()
    if paused:
        yolo.promoter("pause", NAME, "--reason", "line stopped", at=minute(5))
    due = a_pull(yolo, "due", {MANIFEST: a_manifest(20)})
    a_reader(yolo)
    writes = len([call for call in yolo.github.log if call.writes])
    ran = in_a_job(yolo, due)
    assert ran.code == int(paused), ran.out + ran.err
    assert ("(hold: paused by" in ran.out) is paused
    assert len([call for call in yolo.github.log if call.writes]) == writes


def a_reader(yolo: GitHubProject) -> None:
    """The token of the guard's job."""
    yolo.hub.token(
        READER,
        ACTIONS,
        "actions",
        contents="read",
        issues="read",
        pull_requests="read",
        statuses="read",
    )


def in_a_job(yolo: GitHubProject, pull: Pull, **environ: str) -> Ran:
    """The guard as its workflow runs it, for this pull request."""
    event = yolo.home / "event.json"
    about = {"number": pull.number, "base": {"ref": yolo.hub.base}, "head": {"sha": pull.head}}
    event.write_text(json.dumps({"pull_request": about}), encoding="utf-8")
    known = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": str(event), "GITHUB_EVENT_NAME": "pull_request"}
    return yolo.promoter(
        "guard", at=DUE_AT, **{"GITHUB_TOKEN": READER, "PROMOTER_BOT": BOT, **known, **environ}
    )


@pytest.mark.parametrize("bot", ["", " "], ids=["unset", "blank"])
def test_a_job_that_does_not_know_the_bot_judges_nothing(github: NewGitHubProject, bot: str) -> None:
    yolo = github()
    yolo.promoter("pause", NAME, "--reason", "line stopped", at=minute(5))
    due = a_pull(yolo, "due", {MANIFEST: a_manifest(20)})
    a_reader(yolo)
    ran = in_a_job(yolo, due, PROMOTER_BOT=bot)
    assert (ran.code, ran.out) == (1, "")
    assert "PROMOTER_BOT is not set" in ran.err
    assert "repository variable PROMOTER_BOT (Settings, Secrets and variables, Actions)" in ran.err


def test_where_the_jobs_own_account_ticks_it_is_named_and_its_holds_count(github: NewGitHubProject) -> None:
    yolo = github()
    ticks = "ghs_" + "Ticks12345" * 4
    yolo.hub.token(ticks, ACTIONS, "actions")
    yolo.promoter("pause", NAME, "--reason", "line stopped", at=minute(5), GITHUB_TOKEN=ticks)
    due = a_pull(yolo, "due", {MANIFEST: a_manifest(20)})
    a_reader(yolo)
    ran = in_a_job(yolo, due, PROMOTER_BOT=ACTIONS)
    assert ran.code == 1
    assert "(hold: paused by" in ran.out


def test_a_job_without_a_token_is_an_error_and_not_a_look_at_the_clone(github: NewGitHubProject) -> None:
    yolo = github()
    due = a_pull(yolo, "due", {MANIFEST: a_manifest(20)})
    ran = in_a_job(yolo, due, GITHUB_TOKEN="")
    assert ran.code == 1
    assert "no token for it" in ran.err


def test_a_secret_in_a_change_is_not_repeated(github: NewGitHubProject) -> None:
    yolo = github()
    token = "ghp_" + "Sentinel12" * 4
    bad = a_pull(yolo, "bad", {"policies/new.yaml": f"version: 1\nname: x\n{token}: 1\n"})
    ran = everyone(yolo)
    assert yolo.site.status(bad) == "failure"
    assert token not in ran.out + ran.err + str(yolo.hub.state.statuses[bad.head])
