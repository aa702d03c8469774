from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from promoter.errors import RepoError
from promoter.repo.base import Repository
from promoter.repo.commit import tree_with, write_commit
from promoter.repo.refs import RefChange
from promoter.repo.work_tree import WorkTree, follow, work_trees
from tests.git_repository import Scratch, minute

PATH = "manifests/vs.yaml"
OTHER = "manifests/other.yaml"


@pytest.fixture
def moved(scratch: Scratch, repo: Repository) -> Callable[..., tuple[str, str]]:
    """Moves main by commits made from objects, each changing one file; returns where it was and is."""

    def move(*paths: str) -> tuple[str, str]:
        old = new = scratch.head("main")
        for path in paths or (PATH,):
            tree = tree_with(repo.objects, new, {path: f"{path} 20\n".encode()})
            new = write_commit(repo.objects, tree=tree, parents=[new], message="promote", when=minute(9))
        assert repo.refs.update([RefChange("refs/heads/main", new, old)])
        return old, new

    return move


@pytest.fixture(autouse=True)
def _files(scratch: Scratch) -> None:
    scratch.commit({PATH: "5\n", OTHER: "5\n", "README.md": "hello\n"})


def _here(scratch: Scratch) -> WorkTree:
    return WorkTree(scratch.root, "refs/heads/main")


Moved = Callable[..., tuple[str, str]]


def test_a_clean_work_tree_stays_clean_and_shows_the_new_file(scratch: Scratch, moved: Moved) -> None:
    assert follow(_here(scratch), *moved()) is None
    assert scratch.status() == []
    assert scratch.read(PATH) == b"manifests/vs.yaml 20\n"


def test_everything_else_that_is_dirty_stays_as_it_is(scratch: Scratch, moved: Moved) -> None:
    scratch.write("README.md", "half a thought\r\n")
    scratch.write("new", "untracked")
    scratch.write("staged", "staged")
    scratch.git("add", "staged")
    scratch.write(OTHER, "7\n")
    (scratch.root / "manifests/sub").mkdir()
    before = scratch.status()
    assert follow(_here(scratch), *moved()) is None
    assert scratch.status() == before
    assert scratch.read("README.md") == b"half a thought\r\n"


def test_a_file_with_another_time_only_is_not_taken_for_changed(scratch: Scratch, moved: Moved) -> None:
    scratch.write(PATH, "5\n")
    assert follow(_here(scratch), *moved()) is None
    assert scratch.status() == []


def test_a_file_that_was_changed_keeps_its_bytes(scratch: Scratch, moved: Moved) -> None:
    scratch.write(PATH, "6\n")
    assert follow(_here(scratch), *moved()) is None
    assert scratch.read(PATH) == b"6\n"
    assert scratch.status() == [f" M {PATH}"]
    assert scratch.git("diff", "--cached", "--name-only") == ""
    scratch.commit({"README.md": "a commit of something else"})
    assert scratch.show("HEAD", PATH) == "manifests/vs.yaml 20"


def test_a_file_that_was_deleted_stays_deleted(scratch: Scratch, moved: Moved) -> None:
    (scratch.root / PATH).unlink()
    assert follow(_here(scratch), *moved()) is None
    assert scratch.status() == [f" D {PATH}"]


def test_a_file_outside_a_sparse_checkout_stays_outside(scratch: Scratch, moved: Moved) -> None:
    scratch.git("sparse-checkout", "set", "--no-cone", "README.md")
    assert not (scratch.root / PATH).exists()
    assert follow(_here(scratch), *moved()) is None
    assert scratch.status() == []
    assert not (scratch.root / PATH).exists()


def test_a_staged_change_is_left_alone_and_named(scratch: Scratch, moved: Moved) -> None:
    scratch.write(PATH, "6\n")
    scratch.git("add", PATH)
    note = follow(_here(scratch), *moved())
    assert note is not None
    assert note.startswith(f"{PATH}: staged changes are left alone")
    assert scratch.read(PATH) == b"6\n"
    assert scratch.git("show", f":{PATH}") == "6"


def test_a_staged_removal_is_left_alone_and_named(scratch: Scratch, moved: Moved) -> None:
    scratch.git("rm", "--quiet", "--cached", PATH)
    assert PATH in (follow(_here(scratch), *moved()) or "")
    assert scratch.read(PATH) == b"5\n"
    assert scratch.git("ls-files", PATH) == ""


def test_each_of_several_files_is_treated_on_its_own(scratch: Scratch, moved: Moved) -> None:
    scratch.commit({"c": "5\n", "d": "5\n"})
    scratch.write(PATH, "6\n")
    scratch.write("c", "6\n")
    scratch.git("add", "c")
    (scratch.root / "d").unlink()
    note = follow(_here(scratch), *moved(PATH, OTHER, "c", "d"))
    assert (note or "").startswith("c: ")
    assert scratch.read(OTHER) == b"manifests/other.yaml 20\n"
    assert scratch.read(PATH) == b"6\n"
    assert sorted(scratch.status()) == sorted([f" M {PATH}", "M  c", " D d"])


def test_doing_it_again_changes_nothing(scratch: Scratch, moved: Moved) -> None:
    where = moved()
    follow(_here(scratch), *where)
    scratch.write(PATH, "by hand\n")
    assert follow(_here(scratch), *where) is None
    assert scratch.read(PATH) == b"by hand\n"
    scratch.git("add", PATH)
    assert follow(_here(scratch), *where) is not None
    assert scratch.git("show", f":{PATH}") == "by hand"


@pytest.mark.parametrize("half", ["index", "file"])
def test_what_a_kill_left_half_done_is_finished(scratch: Scratch, moved: Moved, half: str) -> None:
    old, new = moved(PATH, OTHER)
    if half == "index":
        blob = scratch.head(f"{new}:{PATH}")
        scratch.git("update-index", "--cacheinfo", f"100644,{blob},{PATH}")
    else:
        scratch.write(PATH, scratch.show(new, PATH) + "\n")
    assert follow(_here(scratch), old, new, killed=True) is None
    assert scratch.status() == []


def test_line_ends_of_the_work_tree_are_those_the_user_chose(scratch: Scratch, moved: Moved) -> None:
    scratch.git("config", "core.autocrlf", "true")
    (scratch.root / PATH).unlink()
    scratch.git("checkout", "--quiet", "--", PATH)
    assert scratch.read(PATH) == b"5\r\n"
    assert follow(_here(scratch), *moved()) is None
    assert scratch.read(PATH) == b"manifests/vs.yaml 20\r\n"
    assert scratch.status() == []


def test_the_executable_bit_stays(scratch: Scratch, moved: Moved) -> None:
    (scratch.root / PATH).chmod(0o755)
    scratch.git("commit", "--quiet", "-am", "x")
    assert follow(_here(scratch), *moved()) is None
    assert (scratch.root / PATH).stat().st_mode & 0o100
    assert scratch.status() == []


def test_while_another_command_holds_the_index_it_cannot_be_done(scratch: Scratch, moved: Moved) -> None:
    where = moved()
    lock = scratch.root / ".git" / "index.lock"
    lock.touch()
    with pytest.raises(RepoError, match=r"index\.lock"):
        follow(_here(scratch), *where)
    lock.unlink()
    assert follow(_here(scratch), *where) is None
    assert scratch.status() == []


def test_a_merge_in_progress_is_left_alone(scratch: Scratch, moved: Moved) -> None:
    scratch.git("checkout", "--quiet", "-b", "x")
    scratch.commit({PATH: "7\n"})
    scratch.git("checkout", "--quiet", "main")
    scratch.commit({PATH: "8\n"})
    assert scratch.ask("merge", "x")[0] != 0
    before = scratch.read(PATH)
    note = follow(_here(scratch), *moved())
    assert PATH in (note or "")
    assert scratch.read(PATH) == before
    assert scratch.status() == [f"UU {PATH}"]


def test_every_checkout_is_found(scratch: Scratch, repo: Repository, tmp_path: Path) -> None:
    linked = tmp_path / "lin ked"
    scratch.git("worktree", "add", "--quiet", "-b", "feature", str(linked))
    scratch.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "detached"))
    assert {(tree.path, tree.ref) for tree in work_trees(repo.git)} == {
        (scratch.root, "refs/heads/main"),
        (linked, "refs/heads/feature"),
        (tmp_path / "detached", ""),
    }
    bare = tmp_path / "bare.git"
    scratch.git("clone", "--quiet", "--bare", ".", str(bare))
    assert work_trees(Repository.open(bare).git) == ()


def test_a_checkout_that_is_gone_is_passed_over(scratch: Scratch, moved: Moved, tmp_path: Path) -> None:
    assert follow(WorkTree(tmp_path / "gone", "refs/heads/main"), *moved()) is None
