from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from promoter.core.proposals import Health, ProposalKind, ProposalState, ProposalView
from promoter.errors import ForgeError, PromoterError
from promoter.forge.github.connect import connect
from promoter.forge.github.forge import GitHubForge
from tests.contracts.benches import AFTER, PATH
from tests.contracts.github_bench import GitHubBench
from tests.contracts.test_forge import BRANCH, EVIDENCE, MESSAGE, a_new, a_status
from tests.fakes.github import faults
from tests.fakes.github.state import Settings
from tests.git_repository import minute

BOT = "promoter-bot[bot]"


def propose(bench: GitHubBench, **changes: object) -> ProposalView:
    return bench.forge().ensure_proposal(a_new(bench, **changes))


def the(bench: GitHubBench) -> ProposalView:
    (found,) = bench.forge().read(["yolo"])["yolo"].proposals
    return found


def statuses(bench: GitHubBench) -> list[str]:
    return [status.state for status in bench.hub.state.statuses.get(bench.head(BRANCH) or "", [])]


def test_the_commit_is_githubs_own_signed_and_on_base(bench: GitHubBench) -> None:
    made = bench.hub.bare.commit(propose(bench).made)
    assert made.signed
    assert (made.author.name, made.message.strip()) == (BOT, MESSAGE.strip())
    assert made.parents == (bench.head(),)


def test_the_pull_request_carries_title_words_and_evidence(bench: GitHubBench) -> None:
    view = propose(bench)
    pull = bench.pull(BRANCH)
    assert (pull.title, pull.author, pull.draft) == ("promote yolo", BOT, False)
    assert pull.body.startswith("# healthy\n")
    assert EVIDENCE.strip() in pull.body
    assert view.url.endswith(f"/pull/{pull.number}")


def test_every_other_byte_and_mode_of_base_stays(bench: GitHubBench) -> None:
    odd = "\ufeffgray: 5\r\n# \u2028 caf\u00e9\r\n".encode()
    bench.commit(PATH, odd)
    after = odd.replace(b"5", b"20")
    made = propose(bench, files={PATH: after})
    tree = bench.hub.bare.commit(made.made).tree
    entry = bench.hub.bare.entry(tree, PATH)
    assert entry is not None
    assert bench.hub.bare.blob(entry.sha) == after


def test_a_refresh_writes_only_what_changed(bench: GitHubBench) -> None:
    propose(bench, refresh=True)
    before = len(bench.github.writes())
    propose(bench, refresh=True)
    assert len(bench.github.writes()) == before
    propose(bench, refresh=True, body="# other\n")
    assert len(bench.github.writes()) == before + 1
    assert bench.pull(BRANCH).body.startswith("# other\n")


def test_a_branch_that_a_killed_run_left_is_taken_up(bench: GitHubBench) -> None:
    bench.github.faults.append(faults.dropped("/pulls$", method="POST"))
    with pytest.raises(ForgeError, match="not clear whether"):
        propose(bench)
    left = bench.head(BRANCH)
    assert left is not None
    assert propose(bench).made == left


def test_a_branch_of_another_content_without_a_pull_request_is_a_humans(bench: GitHubBench) -> None:
    bench.branch(BRANCH)
    bench.commit(PATH, b"gray: 50\n", BRANCH)
    head = bench.head(BRANCH)
    assert propose(bench).touched
    assert bench.head(BRANCH) == head


@pytest.mark.parametrize("what", ["a fork's", "a human's", "another bot's"])
def test_a_forged_pull_request_is_not_taken_for_ours(bench: GitHubBench, what: str) -> None:
    propose(bench)
    body = bench.pull(BRANCH).body
    other = "promoter/yolo/v9-20-to-50-abcdef012"
    hub = bench.hub
    made = hub.commit_files(hub.head(), {PATH: b"gray: 50\n"}, "50 %", by="mallory")
    match what:
        case "a fork's":
            hub.create_ref(f"refs/forks/mallory/heads/{other}", made, "mallory")
            hub.open_pull("mallory", head=f"mallory:{other}", title="promote", body=body)
        case "a human's":
            hub.create_ref(f"refs/heads/{other}", made, "grace")
            hub.open_pull("grace", head=other, title="promote", body=body)
        case _:
            hub.create_ref(f"refs/heads/{other}", made, "ci[bot]")
            hub.open_pull("ci[bot]", head=other, title="promote", body=body)
    assert the(bench).branch == BRANCH


def test_a_human_who_edits_the_branch_keeps_it(bench: GitHubBench) -> None:
    propose(bench)
    bench.commit(PATH, b"gray: 10\n", BRANCH)
    head = bench.head(BRANCH)
    found = propose(bench, refresh=True, body="# other\n")
    assert (found.touched, found.head) == (True, head)
    assert bench.pull(BRANCH).body.startswith("# healthy")
    assert bench.head(BRANCH) == head


def test_a_human_who_pushes_while_it_is_rebuilt_wins(bench: GitHubBench) -> None:
    propose(bench)
    bench.commit(PATH, b"# a note\ngray: 5\n")

    def push() -> None:
        bench.commit("notes.md", b"wait\n", BRANCH)

    bench.github.faults.append(faults.Fault(path="updateRefs", before=push))
    found = propose(bench, files={PATH: b"# a note\ngray: 20\n"})
    assert found.touched
    head = bench.hub.bare.commit(bench.head(BRANCH) or "")
    assert bench.hub.bare.entry(head.tree, "notes.md") is not None


def test_two_runs_at_once_open_one(bench: GitHubBench) -> None:
    forges = [connect(bench.settings(), bench.clone(), None).forge for _ in range(2)]
    gate = threading.Barrier(2)
    found: list[ProposalView] = []

    def run(forge: GitHubForge) -> None:
        gate.wait()
        try:
            view = forge.ensure_proposal(a_new(bench))
        except (
            ForgeError
        ):  # it lost where GitHub's answer tells no more: the next tick finds what the other did
            view = forge.ensure_proposal(a_new(bench))
        found.append(view)

    threads = [threading.Thread(target=run, args=(forge,)) for forge in forges]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 2
    assert {view.made for view in found} == {bench.head(BRANCH)}
    assert len(list(bench.hub.state.pulls())) == 1


def test_what_lists_do_not_show_yet_is_not_opened_twice(bench: GitHubBench) -> None:
    forge, again = bench.forge(), bench.forge()
    forge.ensure_proposal(a_new(bench))
    bench.hub.knobs.lag_reads, bench.hub.knobs.lag_writes = 1, 20
    assert again.ensure_proposal(a_new(bench)).made == bench.head(BRANCH)
    assert len(list(bench.hub.state.pulls())) == 1


def test_closed_by_a_human_it_is_closed_by_them_and_then(bench: GitHubBench) -> None:
    propose(bench)
    bench.at(30)
    bench.hub.close(bench.pull(BRANCH), "grace")
    found = the(bench)
    assert (found.state, found.closed_by, found.closed_at) == (ProposalState.CLOSED, "grace", minute(30))
    bench.forge().recover()
    assert bench.head(BRANCH) is not None  # they may open it again


def test_opened_again_by_the_human_it_is_open(bench: GitHubBench) -> None:
    propose(bench)
    pull = bench.pull(BRANCH)
    bench.hub.close(pull, "grace")
    bench.hub.reopen(pull, "grace")
    assert the(bench).state is ProposalState.OPEN


def test_withdrawn_it_says_why_and_is_no_veto(bench: GitHubBench) -> None:
    view = propose(bench)
    pull = bench.pull(BRANCH)
    bench.forge().ensure_closed(view, why="out of date", at=minute(12))
    assert the(bench).state is ProposalState.WITHDRAWN
    assert "Withdrawn by promoter" in pull.body
    assert "out of date" in pull.body


def test_a_long_proposal_whose_withdrawal_stops_half_way_is_still_the_bots(bench: GitHubBench) -> None:
    view = propose(bench, body="words\n" * 20_000)
    bench.github.faults.append(faults.server_error("mutation UpdateRefs"))
    bench.forge().ensure_closed(view, why="out of date", at=minute(12))
    assert the(bench).state is ProposalState.WITHDRAWN
    assert bench.head(BRANCH) is not None
    bench.forge().recover()
    assert bench.head(BRANCH) is None


def test_branches_of_ended_proposals_are_deleted(bench: GitHubBench) -> None:
    propose(bench)
    bench.merge(BRANCH)
    assert bench.head(BRANCH) is not None
    bench.forge().recover()
    assert bench.head(BRANCH) is None


def test_a_success_is_said_only_of_what_the_bot_made(bench: GitHubBench) -> None:
    view = propose(bench)
    bench.commit(PATH, b"gray: 90\n", BRANCH)
    bench.forge().ensure_status(view, a_status())
    assert statuses(bench) == []
    bench.forge().ensure_status(view, a_status(Health.FAILURE))
    assert statuses(bench) == ["failure"]


def test_somebody_elses_status_is_not_the_bots(bench: GitHubBench) -> None:
    view = propose(bench)
    told = "all pass [2026-01-07T08:10:00Z]"
    context = "rollout/health"
    bench.hub.set_status(
        view.made, "ci[bot]", state="success", context=context, description=told, target=None
    )
    assert the(bench).status is None
    bench.forge().ensure_status(view, a_status())
    assert the(bench).status == a_status()


def test_the_status_links_the_run(bench: GitHubBench) -> None:
    view = propose(bench)
    bench.forge(run_url="https://github.example/run/7").ensure_status(view, a_status())
    assert bench.hub.state.statuses[view.made][-1].target_url == "https://github.example/run/7"


def test_a_commit_with_all_its_statuses_used_up_gives_way(bench: GitHubBench) -> None:
    view = propose(bench)
    for _ in range(1000):
        bench.hub.set_status(
            view.made, BOT, state="pending", context="rollout/health", description="x", target=None
        )
    bench.forge().ensure_status(view, a_status())
    assert the(bench).state is ProposalState.WITHDRAWN
    bench.at(60)
    assert propose(bench).made != view.made


def test_where_there_are_no_drafts_a_prepared_revert_is_still_told_apart(bench: GitHubBench) -> None:
    told = "Draft pull requests are not supported in this repository."
    bench.github.faults.append(faults.Fault("POST", "/pulls$", status=422, message=told))
    revert = {"kind": ProposalKind.REVERT, "draft": True}
    assert propose(bench, **revert).draft
    assert the(bench).draft
    assert not propose(bench, **{**revert, "draft": False}).draft
    assert not the(bench).draft
    assert not bench.pull(BRANCH).draft


@pytest.mark.parametrize(
    ("permissions", "told"),
    [
        ({"contents": "read"}, "contents: write"),
        ({"pull_requests": "read"}, "pull-requests: write"),
    ],
)
def test_without_a_permission_nothing_is_left_half_made(
    bench: GitHubBench, permissions: dict[str, str], told: str
) -> None:
    bench.hub.token("ghs_less", **permissions)
    with pytest.raises(PromoterError, match=told):
        bench.forge("ghs_less").ensure_proposal(a_new(bench))
    assert bench.head(BRANCH) is None
    assert list(bench.hub.state.pulls()) == []


def test_where_actions_may_not_open_pull_requests_it_is_told_and_nothing_is_left(bench: GitHubBench) -> None:
    bench.hub.settings = Settings(actions_may_propose=False)
    bench.hub.token("ghs_actions", "github-actions[bot]", "actions")
    with pytest.raises(ForgeError, match="Settings, Actions, General"):
        bench.forge("ghs_actions").ensure_proposal(a_new(bench))
    assert bench.head(BRANCH) is None


def test_evidence_is_left_as_a_file_where_a_directory_is_named(bench: GitHubBench) -> None:
    place = bench.place / "evidence"
    bench.forge(evidence=str(place)).ensure_proposal(a_new(bench))
    (file,) = place.iterdir()
    assert file.name.startswith("evidence-")
    assert file.read_text() == EVIDENCE


def test_a_directory_that_cannot_be_written_is_told(bench: GitHubBench) -> None:
    (bench.place / "file").write_text("x")
    with pytest.raises(ForgeError, match="PROMOTER_EVIDENCE_DIR"):
        bench.forge(evidence=str(bench.place / "file" / "x")).ensure_proposal(a_new(bench))


def test_more_branches_than_one_page_are_all_read(bench: GitHubBench) -> None:
    view = propose(bench)
    pull = bench.pull(BRANCH)
    for count in range(130):
        branch = f"promoter/yolo/v9-5-to-20-{count:09x}"
        bench.hub.bare.update([(f"refs/heads/{branch}", view.made, None)])
        bench.hub.state.refs = bench.hub.bare.refs()
        made = replace(pull, number=100 + count, id=5000 + count, head_ref=branch)
        bench.hub.state.items[made.number] = made
    assert len(bench.forge().read(["yolo"])["yolo"].proposals) == 131


def test_a_steady_look_at_everything_is_one_request(bench: GitHubBench) -> None:
    propose(bench)
    forge = bench.forge()
    before = len(bench.github.log)
    forge.recover()
    forge.read([f"line-{count}" for count in range(1000)] + ["yolo"])
    assert len(bench.github.log) - before == 1
    assert not bench.github.log[-1].writes


def test_content_is_verified_and_not_only_the_record(bench: GitHubBench) -> None:
    view = propose(bench)
    bench.commit(PATH, b"gray: 90\n", BRANCH)
    pull = bench.pull(BRANCH)
    forged = pull.body.replace(view.made, bench.head(BRANCH) or "")
    bench.hub.edit(pull, "grace", body=forged)  # the record says now that the bot made it
    again = propose(bench)
    entry = bench.hub.bare.entry(bench.hub.bare.commit(again.made).tree, PATH)
    assert entry is not None
    assert bench.hub.bare.blob(entry.sha) == AFTER
    assert replace(again, url="") != view
