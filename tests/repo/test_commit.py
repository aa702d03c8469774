from __future__ import annotations

import pytest

from promoter.errors import RepoError
from promoter.repo.base import Repository
from promoter.repo.commit import changes_only, files_at, read_commit, tree_of, tree_with, write_commit
from tests.git_repository import Scratch, minute


def _commit(repo: Repository, parent: str, path: str, content: bytes, message: str = "promote\n") -> str:
    tree = tree_with(repo.objects, parent, {path: content})
    return write_commit(repo.objects, tree=tree, parents=[parent], message=message, when=minute(5))


def test_a_commit_changes_one_file_and_nothing_else(scratch: Scratch, repo: Repository) -> None:
    (scratch.root / "link").symlink_to("a")
    scratch.commit({"a": "1", "deep/er/f.yaml": "old", "deep/er/g": "g", "deep.x": "x", "deep/x": "x"})
    (scratch.root / "deep/er/f.yaml").chmod(0o755)
    scratch.git("add", "--all")
    scratch.git("commit", "--quiet", "-m", "x")
    base = scratch.head()
    made = _commit(repo, base, "deep/er/f.yaml", b"\xef\xbb\xbfnew\r\n")
    raw = scratch.git("diff-tree", "-r", "--no-renames", base, made).splitlines()
    assert [line.split()[:2] + line.split()[4:] for line in raw] == [
        [":100755", "100755", "M", "deep/er/f.yaml"]
    ]
    assert repo.objects.read_one(f"{made}:deep/er/f.yaml").data == b"\xef\xbb\xbfnew\r\n"  # type: ignore[union-attr]
    scratch.git("fsck", "--strict")
    assert scratch.status() == []


def test_a_commit_of_several_files_changes_these_and_nothing_else(scratch: Scratch, repo: Repository) -> None:
    base = scratch.commit({"a": "1", "d/b": "1", "d/e/c": "1", "d/e/x": "1", "f/g": "1"})
    files = {"d/e/c": b"2", "a": b"2", "d/b": b"2"}
    tree = tree_with(repo.objects, base, files)
    made = write_commit(repo.objects, tree=tree, parents=[base], message="m", when=minute(5))
    assert scratch.git("diff-tree", "-r", "--name-only", base, made).splitlines() == sorted(files)
    assert {path: scratch.show(made, path) for path in files} == dict.fromkeys(files, "2")
    scratch.git("fsck", "--strict")
    assert changes_only(repo.objects, base, made, list(files))
    for path in files:
        assert not changes_only(repo.objects, base, made, [one for one in files if one != path])
    assert not changes_only(repo.objects, base, made, [*files, "nosuch"])
    assert not changes_only(repo.objects, base, made, [*files, "f"])
    assert not changes_only(repo.objects, base, base, list(files))


def test_a_file_that_changed_its_mode_is_more_than_its_bytes(scratch: Scratch, repo: Repository) -> None:
    base = scratch.commit({"a": "1", "d/b": "1"})
    (scratch.root / "d/b").chmod(0o755)
    head = scratch.commit({"a": "2", "d/b": "2"})
    assert not changes_only(repo.objects, base, head, ["a", "d/b"])


def test_the_same_input_gives_the_same_commit(scratch: Scratch, repo: Repository) -> None:
    base = scratch.commit({"a": "1"})
    made = _commit(repo, base, "a", b"2")
    assert _commit(Repository.open(scratch.root), base, "a", b"2") == made
    shown = scratch.git("log", "-1", "--format=%an <%ae> %cn <%ce> %aI %cI %G?%n%B", made)
    stamp = "2026-01-07T08:05:00+00:00"
    assert shown == f"promoter <promoter@localhost> promoter <promoter@localhost> {stamp} {stamp} N\npromote"


def test_a_message_is_kept_as_text(scratch: Scratch, repo: Repository) -> None:
    base = scratch.commit({"a": "1"})
    message = "5% → 20%\n\n# no comment\n--output=x\n\nRollout: yolo\nRollout-Weight: 5 -> 20\n"
    made = _commit(repo, base, "a", b"2", message.replace("no", "n\0o"))
    assert scratch.git("log", "-1", "--format=%B", made) == message.strip()
    assert scratch.git("log", "-1", "--format=%(trailers:key=Rollout-Weight,valueonly)", made) == "5 -> 20"


@pytest.mark.parametrize(
    "path", ["nosuch", "d", "link", "module", "d/nosuch", "a/b", "../a", "-x", ".git/config"]
)
def test_only_a_regular_file_that_is_there_is_written(scratch: Scratch, repo: Repository, path: str) -> None:
    (scratch.root / "link").symlink_to("a")
    head = scratch.commit({"a": "1", "d/b": "1"})
    scratch.git("add", "link")
    scratch.git("update-index", "--add", "--cacheinfo", f"160000,{head},module")
    scratch.git("commit", "--quiet", "-m", "x")
    with pytest.raises(RepoError):
        tree_with(repo.objects, scratch.head(), {path: b"2"})


def test_a_workflow_is_never_written(scratch: Scratch, repo: Repository) -> None:
    head = scratch.commit({".github/workflows/ci.yml": "1"})
    assert files_at(repo.objects, head, [".github/workflows/ci.yml"])
    with pytest.raises(RepoError, match=r"\.github"):
        tree_with(repo.objects, head, {".github/workflows/ci.yml": b"2"})


def test_a_commits_tree_and_parents_are_read(scratch: Scratch, repo: Repository) -> None:
    first = scratch.commit({"a": "1"})
    scratch.git("checkout", "--quiet", "-b", "x")
    other = scratch.commit({"b": "1"}, "tree of lies\n\nparent 123\ntree 456\n")
    scratch.git("checkout", "--quiet", "main")
    scratch.git("merge", "--quiet", "--no-ff", "-m", "m", "x")
    body = read_commit(repo.objects, scratch.head())
    assert body.parents == (first, other)
    assert body.tree == scratch.head("HEAD^{tree}")
    with pytest.raises(RepoError, match="missing"):
        read_commit(repo.objects, "a" * 40)
    with pytest.raises(RepoError, match="missing"):
        read_commit(repo.objects, body.tree)


def test_a_tree_is_made_of_files(scratch: Scratch, repo: Repository) -> None:
    scratch.commit({"a": "1"})
    tree = tree_of(repo.objects, {"holds.json": b"{}", "evidence/a.json": b"1", "evidence/b.json": b"2"})
    names = scratch.git("ls-tree", "-r", "--name-only", tree).splitlines()
    assert names == ["evidence/a.json", "evidence/b.json", "holds.json"]
