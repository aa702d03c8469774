"""A healthy release on the local forge: proposals, merges, and a work tree that is left alone."""

from __future__ import annotations

import subprocess

from tests.e2e.conftest import NewProject
from tests.e2e.policies import MANIFEST, a_policy
from tests.e2e.project import Project, finish, minute


def test_a_promotion_is_a_branch_that_changes_the_two_weights_and_nothing_else(project: NewProject) -> None:
    yolo = project()
    began = yolo.head()
    ran = yolo.run(minute(6))
    assert (ran.code, ran.decision, ran.did) == (0, "promote", ["proposed", "status"]), ran.err
    branch = f"promoter/yolo-detection/v9-gray-5-to-20-{began[:9]}"
    assert yolo.branches() == [branch]
    assert yolo.head() == began
    changed = [line for line in yolo.changed("main", branch).splitlines() if line[0] in "+-"]
    assert changed == [
        f"--- a/{MANIFEST}",
        f"+++ b/{MANIFEST}",
        "-          weight: 95",
        "+          weight: 80",
        "-          weight: 5   # raised by promoter",
        "+          weight: 20   # raised by promoter",
    ]
    assert yolo.git("rev-list", "--count", f"main..{branch}") == "1"


def test_the_commit_says_what_why_and_on_which_evidence(project: NewProject) -> None:
    yolo = project()
    yolo.run(minute(6))
    message = yolo.git("log", "-1", "--format=%B", yolo.proposal("5-to-20"))
    assert message.startswith("promote yolo-detection: v9-gray 5% → 20%\n")
    for check in ("success-rate: ", "p99-latency: ", "map50: ", "gpu-memory: "):
        assert check in message
    trailers = yolo.git(
        "log", "-1", "--format=%(trailers:only,unfold)", yolo.proposal("5-to-20")
    ).splitlines()
    assert trailers[:3] == [
        "Rollout: yolo-detection",
        "Rollout-Candidate: v9-gray",
        "Rollout-Weight: 5 -> 20",
    ]
    assert len(trailers[3].removeprefix("Rollout-Evidence: ")) == 64


def test_dirty_files_and_the_index_are_left_byte_for_byte(project: NewProject) -> None:
    yolo = project()
    (yolo.root / "README.md").write_bytes(b"half a thought\r\n")
    (yolo.root / "new.txt").write_bytes(b"untracked")
    (yolo.root / "staged.txt").write_bytes(b"staged")
    yolo.git("add", "staged.txt")
    before = yolo.state()
    yolo.run(minute(6))
    after = yolo.state()
    assert {**before, "refs": ""} == {**after, "refs": ""}


def test_a_second_tick_opens_no_second_proposal(project: NewProject) -> None:
    yolo = project()
    yolo.run(minute(6))
    proposal = yolo.head(yolo.proposal("5-to-20"))
    again = yolo.run(minute(6.5))
    assert again.decision == "promote"
    assert again.did == []
    assert yolo.head(yolo.proposal("5-to-20")) == proposal


def test_a_human_merges_with_plain_git_and_the_next_step_follows(project: NewProject) -> None:
    yolo = project()
    yolo.run(minute(5.9))
    yolo.merge(yolo.proposal("5-to-20"), at=minute(6))
    soon = yolo.run(minute(7.5))
    assert (soon.decision, soon.rollout["weights"]) == ("wait", {"v8-stable": 80, "v9-gray": 20})
    later = yolo.run(minute(12))
    assert (later.decision, later.rollout["to"]) == ("promote", {"v8-stable": 50, "v9-gray": 50})
    assert yolo.weight(yolo.proposal("20-to-50")) == 50
    assert yolo.weight() == 20


def test_a_squash_merge_counts_as_well(project: NewProject) -> None:
    yolo = project()
    yolo.run(minute(5.9))
    yolo.git("merge", "--quiet", "--squash", yolo.proposal("5-to-20"))
    yolo.git("commit", "--quiet", "-m", "take it (#7)", at=minute(6))
    assert yolo.run(minute(12)).rollout["to"] == {"v8-stable": 50, "v9-gray": 50}


def test_auto_merges_climb_to_100_and_end_done(project: NewProject) -> None:
    yolo = project(weights=((-7, 1),), policy=a_policy("healthy", merge="auto"))
    (yolo.root / "README.md").write_bytes(b"half a thought")
    weights = [yolo.weight()]
    for when in (0, 6, 12, 18):
        ran = yolo.run(minute(when))
        assert (ran.code, ran.decision) == (0, "promote"), ran.out
        assert "merged" in ran.did
        weights.append(yolo.weight())
        waiting = yolo.run(minute(when + 2))  # what was merged has yet to prove itself
        assert (waiting.decision, waiting.did) == ("wait", [])
    assert weights == [1, 5, 20, 50, 100]
    done = yolo.run(minute(24))
    assert (done.code, done.decision, done.did) == (0, "done", [])
    assert yolo.git("rev-list", "--first-parent", "--count", "main") == "5"
    assert yolo.git("status", "--porcelain") == "M README.md"  # stripped: one file, not staged
    assert (yolo.root / "README.md").read_bytes() == b"half a thought"
    history = yolo.git("log", "--first-parent", "--format=%cI", "-1", "--grep=20% → 50%")
    assert history == "2026-01-07T08:12:00+00:00"  # time is a value: it is the tick's, not the clock's


def test_a_merge_into_the_branch_that_is_checked_out_leaves_a_clean_work_tree(project: NewProject) -> None:
    yolo = project(policy=a_policy("healthy", merge="auto"))
    assert yolo.run(minute(6)).did == ["proposed", "status", "merged"]
    assert yolo.git("status", "--porcelain") == ""
    assert "weight: 20" in (yolo.root / MANIFEST).read_text()


def test_a_manifest_that_is_being_edited_is_not_overwritten(project: NewProject) -> None:
    yolo = project(policy=a_policy("healthy", merge="auto"))
    mine = (yolo.root / MANIFEST).read_bytes() + b"# a thought\n"
    (yolo.root / MANIFEST).write_bytes(mine)
    yolo.run(minute(6))
    assert (yolo.root / MANIFEST).read_bytes() == mine


def test_another_branch_checked_out_stays_as_it_is(project: NewProject) -> None:
    yolo = project(policy=a_policy("healthy", merge="auto"))
    yolo.git("checkout", "--quiet", "-b", "feature")
    before = yolo.state()
    assert "merged" in yolo.run(minute(6), "--base", "main").did
    assert yolo.weight("main") == 20
    assert {**yolo.state(), "refs": ""} == {**before, "refs": ""}


def test_a_detached_head_stays_where_it_is(project: NewProject) -> None:
    yolo = project(policy=a_policy("healthy", merge="auto"))
    yolo.git("checkout", "--quiet", "--detach")
    before = yolo.state()
    ran = yolo.run(minute(6), "--base", "main")
    assert "merged" in ran.did, ran.err
    assert yolo.weight("main") == 20
    assert {**yolo.state(), "refs": ""} == {**before, "refs": ""}


def test_a_bare_repository_works(project: NewProject) -> None:
    yolo = project(policy=a_policy("healthy", merge="auto"))
    bare = yolo.root.parent / "bare.git"
    yolo.git("init", "--quiet", "--bare", "--initial-branch=main", str(bare))
    yolo.git("push", "--quiet", str(bare), "main")
    ran = yolo.run(minute(6), "--repo", str(bare))
    assert (ran.code, ran.did) == (0, ["proposed", "status", "merged"]), ran.err
    weights = yolo.git(f"--git-dir={bare}", "show", f"main:{MANIFEST}")
    assert "weight: 20" in weights
    assert yolo.weight() == 5


def test_observe_decides_and_writes_nothing(project: NewProject) -> None:
    yolo = project(policy=a_policy("healthy", merge="observe"))
    before = yolo.state()
    ran = yolo.run(minute(6))
    assert (ran.code, ran.decision, ran.did) == (0, "promote", [])
    assert yolo.state() == before


def test_observe_writes_nothing_for_a_failing_candidate_either(project: NewProject) -> None:
    yolo = project("errors", policy=a_policy("errors", merge="observe"))
    before = yolo.state()
    ran = yolo.run(minute(6))
    assert (ran.decision, ran.did) == ("freeze", [])
    assert yolo.state() == before


def test_a_step_may_say_how_it_is_merged(project: NewProject) -> None:
    steps = "[1, 5, {weight: 20, merge: auto}, 50, 100]"
    yolo = project(policy=a_policy("healthy", steps=steps))
    assert "merged" in yolo.run(minute(6)).did
    assert "merged" not in yolo.run(minute(12)).did
    assert yolo.weight() == 20


def test_two_runs_at_once_promote_once(project: NewProject) -> None:
    yolo = project(policy=a_policy("healthy", merge="auto"))
    both = _at_once(yolo)
    assert [process.returncode for process in both] == [0, 0]
    assert yolo.weight() == 20
    promotions = yolo.git("log", "--first-parent", "--format=%s", "--grep=^Rollout: ", "main")
    assert len(promotions.splitlines()) == 1
    assert yolo.git("status", "--porcelain") == ""


def test_two_runs_at_once_open_one_proposal(project: NewProject) -> None:
    yolo = project()
    both = _at_once(yolo)
    assert [process.returncode for process in both] == [0, 0]
    assert len(yolo.branches()) == 1
    assert yolo.weight() == 5


def _at_once(yolo: Project) -> list[subprocess.Popen[str]]:
    both = [yolo.begin("run", "--output", "json", at=minute(6)) for _ in range(2)]
    for process in both:
        finish(process)
    return both
