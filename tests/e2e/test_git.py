"""Real repositories are odd: linked work trees, hooks, tags, renames, records and branches that others made."""

from __future__ import annotations

import shutil

import pytest

from tests.e2e.conftest import NewProject
from tests.e2e.policies import MANIFEST, NAME, POLICY, a_manifest, a_policy
from tests.e2e.project import Project, minute

AUTO = a_policy("healthy", merge="auto")


def test_base_checked_out_in_another_work_tree_follows(project: NewProject) -> None:
    yolo = project(policy=AUTO)
    linked = yolo.root.parent / "linked"
    yolo.git("worktree", "add", "--quiet", "-b", "feature", str(linked))
    assert "merged" in yolo.run(minute(6), "--repo", str(linked), "--base", "main").did
    assert yolo.git("status", "--porcelain") == ""
    assert "weight: 20" in (yolo.root / MANIFEST).read_text()
    assert yolo.git("-C", str(linked), "status", "--porcelain") == ""


def test_staged_and_changed_files_survive_a_merge_into_the_branch_checked_out(project: NewProject) -> None:
    yolo = project(policy=AUTO)
    (yolo.root / "README.md").write_bytes(b"half a thought\r\n")
    (yolo.root / "staged.txt").write_bytes(b"staged")
    yolo.git("add", "staged.txt")
    before = yolo.state()
    assert "merged" in yolo.run(minute(6)).did
    after = yolo.state()
    assert {**before, "refs": "", MANIFEST: ""} == {**after, "refs": "", MANIFEST: ""}
    assert yolo.git("diff", "--cached", "--name-only") == "staged.txt"


def test_a_hooks_environment_does_not_lead_to_another_repository(project: NewProject) -> None:
    yolo, other = project(policy=AUTO), project(policy=AUTO)
    before = other.state()
    git = other.root / ".git"
    hook = {"GIT_DIR": str(git), "GIT_WORK_TREE": str(other.root), "GIT_INDEX_FILE": str(git / "index")}
    assert "merged" in yolo.run(minute(6), "--repo", str(yolo.root), **hook).did
    assert yolo.weight() == 20
    assert yolo.git("status", "--porcelain") == ""
    assert other.state() == before


def test_tags_with_the_names_of_branches_are_not_mistaken_for_them(project: NewProject) -> None:
    yolo = project(policy=AUTO)
    head = yolo.head()
    for name in ("main", f"promoter/yolo-detection/v9-gray-5-to-20-{head[:9]}"):
        yolo.git("update-ref", f"refs/tags/{name}", f"{head}~1")
    assert "merged" in yolo.run(minute(6)).did
    assert yolo.weight("refs/heads/main") == 20


def test_a_repository_with_sha256_works(project: NewProject) -> None:
    yolo = project(policy=AUTO)
    shutil.rmtree(yolo.root / ".git")
    yolo.git("init", "--quiet", "--object-format=sha256", "--initial-branch=main", ".")
    yolo.git("add", ".")
    yolo.git("commit", "--quiet", "-m", "again", at=minute(0))
    assert "merged" in yolo.run(minute(6)).did
    assert yolo.weight() == 20


def test_a_manifest_with_crlf_keeps_it_and_its_diff_applies(project: NewProject) -> None:
    yolo = project(policy=AUTO, files={MANIFEST: a_manifest(5).replace("\n", "\r\n")}, weights=((0, 5),))
    diff = yolo.plan(minute(6)).rollout["diff"]
    yolo.run(minute(6))
    expected = a_manifest(20).replace("\n", "\r\n").encode()
    assert (yolo.root / MANIFEST).read_bytes() == expected
    yolo.git("apply", "--reverse", "-", stdin=diff)
    assert (yolo.root / MANIFEST).read_bytes() == a_manifest(5).replace("\n", "\r\n").encode()


def test_a_renamed_manifest_keeps_its_history(project: NewProject) -> None:
    yolo = project("lowered", policy=a_policy("lowered", merge="auto"))
    yolo.set_weight(1, at=minute(6))
    yolo.git("mv", MANIFEST, "manifests/vs.yaml")
    text = a_policy("lowered", merge="auto").replace(MANIFEST, "manifests/vs.yaml")
    yolo.commit({POLICY: text}, "move", at=minute(7))
    ran = yolo.run(minute(14))
    assert (ran.decision, ran.rollout["since"]) == ("hold", "2026-01-07T08:06:00Z")


def test_an_open_proposal_follows_base_when_its_file_changes(project: NewProject) -> None:
    yolo = project("at-five")
    yolo.run(minute(6))
    branch = yolo.proposal("5-to-20")
    commented = a_manifest(5).replace("cameras of line A", "cameras of line B")
    yolo.commit({MANIFEST: commented}, "a comment", at=minute(6.5))
    yolo.run(minute(7))
    yolo.commit({"other.txt": "x"}, "something else", at=minute(7.5))
    yolo.run(minute(8))
    assert yolo.branches() == [branch]
    yolo.merge(branch, at=minute(8.5))
    assert (yolo.root / MANIFEST).read_text() == a_manifest(20).replace("line A", "line B")


def test_a_weight_set_by_hand_is_respected(project: NewProject) -> None:
    yolo = project("at-ten", weights=((-20, 1), (0, 10)))
    assert yolo.run(minute(6)).rollout["to"] == {"v8-stable": 80, "v9-gray": 20}


def test_a_branch_that_somebody_else_put_there_is_left_alone(project: NewProject) -> None:
    yolo = project(policy=AUTO)
    branch = f"promoter/yolo-detection/v9-gray-5-to-20-{yolo.head()[:9]}"
    yolo.git("checkout", "--quiet", "-b", branch)
    yolo.commit({"evil.sh": "x", MANIFEST: a_manifest(20)}, "promote", at=minute(1))
    forged = yolo.git("rev-parse", "HEAD")
    yolo.git("checkout", "--quiet", "main")
    ran = yolo.run(minute(6))
    assert (ran.code, ran.did) == (0, ["hands-off"])
    assert (yolo.weight(), yolo.head(branch)) == (5, forged)


def test_a_commit_that_carries_the_bots_trailers_is_not_believed(project: NewProject) -> None:
    yolo = project("lowered", policy=a_policy("lowered", merge="auto"))
    forged = "promote yolo-detection\n\nRollout: yolo-detection\nRollout-Candidate: v9-gray\nRollout-Weight: 1 -> 5"
    yolo.set_weight(1, at=minute(6), message=forged)
    assert yolo.run(minute(12)).rollout["hold"]["kind"] == "rollback"


def test_a_branch_named_promoter_is_told_to_be_in_the_way(project: NewProject) -> None:
    yolo = project(policy=AUTO)
    yolo.git("branch", "promoter")
    before = yolo.state()
    ran = yolo.run(minute(6))
    assert (ran.code, len(ran.err.splitlines())) == (1, 1)
    assert "'refs/heads/promoter' exists" in ran.err
    assert yolo.state() == before


@pytest.mark.parametrize(
    "text", [None, "", "[]", '{"version": 1, "holds": "x"}', '{"version": 1, "holds": [{}]}']
)
def test_a_damaged_record_is_an_error_and_never_a_guess(project: NewProject, text: str | None) -> None:
    yolo = project(policy=AUTO)
    _put_holds(yolo, text)
    before = yolo.state()
    for command in ("run", "status"):
        ran = yolo.promoter(command, at=minute(6))
        assert (ran.code, len(ran.err.splitlines())) == (1, 1), ran.err
        assert f"refs/promoter/holds/{NAME}" in ran.err
    assert yolo.state() == before


def _put_holds(yolo: Project, text: str | None) -> None:
    """A record that the bot did not write; None: a commit of something else."""
    commit = "main"
    if text is not None:
        blob = yolo.git("hash-object", "-w", "--stdin", stdin=text)
        tree = yolo.git("mktree", stdin=f"100644 blob {blob}\tholds.json\n")
        commit = yolo.git("commit-tree", "-m", "x", tree, at=minute(1))
    yolo.git("update-ref", f"refs/promoter/holds/{NAME}", commit)


def test_two_rollouts_in_one_file_are_promoted_one_after_the_other(project: NewProject) -> None:
    two = a_manifest(5) + "---\n" + a_manifest(5).replace("yolo-detection-vs", "yolo-line-b")
    route = f"{{file: {MANIFEST}, kind: VirtualService, name: yolo-line-b}}"
    line_b = a_policy("at-five", merge="auto", name="line-b", route=route)
    yolo = project(
        policy=a_policy("at-five", merge="auto"),
        files={"policies/line-b.yaml": line_b, MANIFEST: two},
        weights=((0, 5),),
    )
    for when, gray in ((6, [20, 5]), (6.2, [20, 20])):
        assert yolo.run(minute(when)).code == 0
        text = yolo.git("show", f"main:{MANIFEST}")
        lines = [line for line in text.splitlines() if "# raised by promoter" in line]
        assert sorted(int(line.split()[1]) for line in lines) == sorted(gray)
    assert yolo.git("status", "--porcelain") == ""
