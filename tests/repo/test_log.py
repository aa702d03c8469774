from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from promoter.repo.base import Repository
from promoter.repo.log import Change, first_parents
from tests.git_repository import Scratch, minute

PATH = "manifests/vs.yaml"
LONG = "".join(f"line {number}\n" for number in range(30))


def states(repo: Repository, changes: Sequence[Change], path: str = PATH) -> list[str | None]:
    """The file after each change that touched it."""
    shas = [change.blobs[path] for change in changes if path in change.blobs]
    blobs = repo.read_blobs({sha for sha in shas if sha})
    return [blobs[sha].decode() if sha else None for sha in shas]


def told(scratch: Scratch, repo: Repository, path: str = PATH) -> list[str | None]:
    return states(repo, repo.history(scratch.head("main"), [path]), path)


def test_the_states_of_a_file_come_oldest_first(scratch: Scratch, repo: Repository) -> None:
    shas = [scratch.commit({PATH: "1"}), scratch.commit({PATH: "2"})]
    scratch.commit({"other": "x"})
    shas += [scratch.commit({PATH: None}), scratch.commit({PATH: "4"})]
    changes = repo.history(scratch.head(), [PATH])
    assert states(repo, changes) == ["1", "2", None, "4"]
    assert [change.commit.sha for change in changes] == shas
    assert [change.position for change in changes] == sorted({change.position for change in changes})


def test_only_the_asked_files_are_told(scratch: Scratch, repo: Repository) -> None:
    scratch.commit({"a": "1", "b": "1", "c": "1"})
    scratch.commit({"a": "2"})
    scratch.commit({"b": "2", "c": "2"})
    changes = repo.history(scratch.head(), ["a", "b", "nosuch"])
    assert [sorted(change.blobs) for change in changes] == [["a", "b"], ["a"], ["b"]]
    assert repo.history(scratch.head(), []) == ()
    assert repo.history(scratch.head(), ["nosuch"]) == ()


def test_a_commit_is_told_as_it_was_made(scratch: Scratch, repo: Repository) -> None:
    message = (
        "raise gray\n\nbody: not a trailer\n\nRollout: yolo\nRollout-Weight: 5 -> 20\n more\nRollout: again\n"
    )
    sha = scratch.commit({PATH: "1"}, message)
    (change,) = repo.history(sha, [PATH])
    commit = change.commit
    assert (commit.sha, commit.author, commit.email, commit.subject) == (
        sha,
        "Ada",
        "ada@example.com",
        "raise gray",
    )
    assert commit.when == minute(1)
    assert commit.trailers == (("Rollout", "yolo"), ("Rollout-Weight", "5 -> 20 more"), ("Rollout", "again"))


@pytest.mark.parametrize(
    "subject",
    [
        ":100644 100644 aaaa bbbb M",
        "\x01\x1e\x1f sneaky",
        "%H%x00 $(touch stolen)",
        "subject with ü, \udce9 and \u202e".encode("utf-8", "replace").decode(),
        "--output=stolen",
    ],
)
def test_hostile_text_stays_text(scratch: Scratch, repo: Repository, subject: str) -> None:
    scratch.commit({PATH: "1"})
    scratch.commit({PATH: "2"}, f"{subject}\n\nRollout: a:b\x1e\x1f\nX-Y: \n")
    changes = repo.history(scratch.head(), [PATH])
    assert states(repo, changes) == ["1", "2"]
    assert changes[1].commit.subject == subject
    assert changes[1].commit.trailer("Rollout") == "a:b\x1e\x1f"
    assert not (scratch.root / "stolen").exists()


def test_a_commit_in_another_encoding_or_from_another_time_is_read(
    scratch: Scratch, repo: Repository
) -> None:
    scratch.commit({PATH: "1"})
    tree = scratch.head("HEAD^{tree}")
    raw = f"tree {tree}\nauthor Ren\xe9 <r@x> 0 +0000\ncommitter c <c@x> 99999999999999 +0000\n\nsubj\xe9ct\n".encode(
        "latin-1"
    )
    sha = scratch.git("hash-object", "-t", "commit", "-w", "--stdin", "--literally", data=raw)
    (change,) = repo.history(sha, [PATH])
    assert change.commit.author.startswith("Ren")
    assert datetime(1970, 1, 1, tzinfo=UTC) <= change.commit.when


def _feature(scratch: Scratch, content: str) -> None:
    scratch.git("checkout", "--quiet", "-b", "feature", "HEAD")
    scratch.commit({PATH: "3 (feature)"})
    scratch.commit({PATH: content}, "last of feature")
    scratch.git("checkout", "--quiet", "main")
    scratch.commit({"other": str(scratch.clock)})


@pytest.mark.parametrize("setting", ["off", "separate", "combined", "first-parent"])
def test_a_merge_is_one_change_whatever_the_configuration(
    scratch: Scratch, repo: Repository, setting: str
) -> None:
    scratch.commit({PATH: "1"})
    scratch.commit({PATH: "2"})
    _feature(scratch, "4")
    scratch.git("merge", "--quiet", "--no-ff", "-m", "merge it", "feature")
    scratch.git("config", "log.diffMerges", setting)
    scratch.git("config", "log.showSignature", "true")
    scratch.git("config", "color.ui", "always")
    scratch.git("config", "diff.renames", "copies")
    scratch.git("config", "diff.orderFile", "nosuch")
    scratch.git("config", "trailer.separators", "=:")
    changes = repo.history(scratch.head(), [PATH])
    assert states(repo, changes) == ["1", "2", "4"]
    assert changes[-1].commit.subject == "merge it"


def test_a_merge_that_kept_our_side_is_no_change(scratch: Scratch, repo: Repository) -> None:
    scratch.commit({PATH: "1"})
    _feature(scratch, "4")
    scratch.git("merge", "--quiet", "--no-ff", "-s", "ours", "-m", "drop it", "feature")
    assert told(scratch, repo) == ["1"]


def test_an_octopus_merge_is_one_change(scratch: Scratch, repo: Repository) -> None:
    scratch.commit({PATH: "1", "a": "1", "b": "1"})
    for name, path in (("x", PATH), ("y", "a"), ("z", "b")):
        scratch.git("checkout", "--quiet", "-b", name, "main")
        scratch.commit({path: f"by {name}"})
    scratch.git("checkout", "--quiet", "main")
    scratch.git("merge", "--quiet", "-m", "octopus", "x", "y", "z")
    # git fast-forwards to the first head; what the octopus adds is still one change
    changes = repo.history(scratch.head(), [PATH, "a", "b"])
    assert [sorted(change.blobs) for change in changes] == [sorted([PATH, "a", "b"]), [PATH], ["a", "b"]]


def test_squash_revert_and_fast_forward_are_changes_like_any_other(
    scratch: Scratch, repo: Repository
) -> None:
    scratch.commit({PATH: "1"})
    _feature(scratch, "4")
    scratch.git("merge", "--quiet", "--squash", "feature")
    scratch.git("commit", "--quiet", "-m", "squashed")
    scratch.git("revert", "--no-edit", "HEAD")
    scratch.git("checkout", "--quiet", "-b", "ff")
    scratch.commit({PATH: "5"})
    scratch.git("checkout", "--quiet", "main")
    scratch.git("merge", "--quiet", "--ff-only", "ff")
    assert told(scratch, repo) == ["1", "4", "1", "5"]


def test_a_link_or_a_submodule_in_its_place_is_no_file(scratch: Scratch, repo: Repository) -> None:
    scratch.commit({PATH: "1"})
    (scratch.root / PATH).unlink()
    (scratch.root / PATH).symlink_to("elsewhere")
    scratch.git("commit", "--quiet", "-am", "link")
    head = scratch.head()
    scratch.git("update-index", "--cacheinfo", f"160000,{head},{PATH}")
    scratch.git("commit", "--quiet", "-m", "module")
    scratch.git(
        "update-index",
        "--cacheinfo",
        f"100755,{scratch.git('hash-object', '-w', '--stdin', data=b'x')},{PATH}",
    )
    scratch.git("commit", "--quiet", "-m", "file")
    assert told(scratch, repo) == ["1", None, None, "x"]


def test_a_moved_file_keeps_its_memory(scratch: Scratch, repo: Repository) -> None:
    scratch.commit({"old.yaml": LONG + "5"})
    scratch.commit({"old.yaml": LONG + "20"})
    scratch.commit({"old.yaml": None, "mid.yaml": LONG + "20"}, "move")
    scratch.commit({"mid.yaml": LONG + "5"})
    scratch.commit({"mid.yaml": None, PATH: LONG + "1"}, "move and edit")
    assert told(scratch, repo) == [LONG + weight for weight in ("5", "20", "20", "5", "1")]


def test_a_file_moved_away_and_back_keeps_what_happened_there(scratch: Scratch, repo: Repository) -> None:
    scratch.commit({PATH: LONG + "1"})
    scratch.commit({PATH: None, "b": LONG + "1"})
    scratch.commit({"b": LONG + "2"})
    scratch.commit({"b": None, PATH: LONG + "2"})
    assert told(scratch, repo) == [LONG + weight for weight in ("1", "1", "2", "2")]


def test_a_file_moved_in_a_merge_keeps_its_memory(scratch: Scratch, repo: Repository) -> None:
    scratch.commit({"old.yaml": LONG + "5"})
    scratch.git("checkout", "--quiet", "-b", "tidy")
    scratch.commit({"old.yaml": None, PATH: LONG + "5"})
    scratch.git("checkout", "--quiet", "main")
    scratch.git("merge", "--quiet", "--no-ff", "-m", "tidy", "tidy")
    assert told(scratch, repo) == [LONG + "5", LONG + "5"]


def test_another_file_of_that_name_before_stays_part_of_it(scratch: Scratch, repo: Repository) -> None:
    scratch.commit({PATH: LONG + "1"})
    scratch.commit({PATH: None})
    scratch.commit({PATH: "quite another"})
    assert told(scratch, repo) == [LONG + "1", None, "quite another"]


def test_two_files_that_swap_names_are_each_followed(scratch: Scratch, repo: Repository) -> None:
    scratch.commit({"a": LONG + "a1", "b": "b1\n" * 30})
    scratch.commit({"a": None, "c": LONG + "a2"})
    scratch.commit({"b": None, "a": "b2\n" + "b1\n" * 29})
    scratch.commit({"c": None, "b": LONG + "a3"})
    changes = repo.history(scratch.head(), ["a", "b"])
    assert states(repo, changes, "b") == [LONG + "a1", LONG + "a2", LONG + "a3"]
    assert states(repo, changes, "a") == ["b1\n" * 30, "b2\n" + "b1\n" * 29]


def test_endless_renames_end(scratch: Scratch, repo: Repository) -> None:
    scratch.commit({"f0": LONG})
    for number in range(12):
        scratch.commit({f"f{number}": None, f"f{number + 1}": LONG})
    assert 8 <= len(repo.history(scratch.head(), ["f12"])) <= 13


@pytest.mark.parametrize("count", [24, 25, 300])
def test_many_files_are_told_like_few(scratch: Scratch, repo: Repository, count: int) -> None:
    paths = [f"sites/{number % 40}/{number}.yaml" for number in range(count)]
    scratch.commit(dict.fromkeys(paths, "1"))
    scratch.commit({"sites/outside": "1", "root": "1"})
    scratch.commit({paths[7]: "2"})
    changes = repo.history(scratch.head(), paths)
    assert [len(change.blobs) for change in changes] == [count, 1]
    assert states(repo, changes, paths[7]) == ["1", "2"]


def test_many_files_at_the_root_are_told_as_well(scratch: Scratch, repo: Repository) -> None:
    paths = [f"{number}.yaml" for number in range(30)]
    scratch.commit(dict.fromkeys(paths, "1"))
    scratch.commit({}, "empty")
    scratch.commit({paths[3]: "2"})
    assert [len(change.blobs) for change in repo.history(scratch.head(), paths)] == [30, 1]


def test_odd_names_are_names(scratch: Scratch, repo: Repository) -> None:
    odd = ["*.yaml", ":(glob)**", ":!x", 'a "quoted" b', "ü/ä", "a b", "[x]"]
    scratch.commit(dict.fromkeys([*odd, "x.yaml"], "1"))
    scratch.commit({"x.yaml": "2"})
    assert [sorted(change.blobs) for change in repo.history(scratch.head(), odd)] == [sorted(odd)]


def test_the_first_parent_line_leaves_out_what_was_merged(scratch: Scratch, repo: Repository) -> None:
    scratch.commit({PATH: "1"})
    _feature(scratch, "4")
    scratch.git("merge", "--quiet", "--no-ff", "-m", "merge it", "feature")
    line = first_parents(repo.git, scratch.head())
    assert line == set(scratch.git("rev-list", "--first-parent", "HEAD").split())
    assert scratch.head("feature") not in line
