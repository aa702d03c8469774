from __future__ import annotations

import os
from pathlib import Path

import pytest

from promoter.errors import Problem, RepoError
from promoter.repo.base import Repository
from promoter.repo.commit import tree_with, write_commit
from promoter.repo.objects import MAX_BYTES
from promoter.repo.refs import RefChange
from tests.git_repository import Scratch, minute

PATH = "manifests/vs.yaml"


def test_a_repository_is_found_from_below(scratch: Scratch) -> None:
    scratch.commit({PATH: "x"})
    for place in (scratch.root, scratch.root / "manifests"):
        repo = Repository.open(place)
        assert repo.root == scratch.root.resolve()
        assert repo.base().branch == "main"


def test_a_humans_revision_is_a_commit_or_told(scratch: Scratch) -> None:
    head = scratch.commit({PATH: "x"})
    scratch.git("tag", "--annotate", "--message=one", "v1")
    repo = Repository.open(scratch.root)
    assert {repo.commit(name) for name in ("main", "HEAD", "v1", head, head[:9])} == {head}
    for name in ("nowhere", "--all", "main:manifests", ""):
        with pytest.raises(RepoError, match="there is no commit"):
            repo.commit(name)


def test_a_bare_repository_has_no_work_tree(scratch: Scratch, tmp_path: Path) -> None:
    head = scratch.commit({PATH: "x"})
    scratch.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
    repo = Repository.open(tmp_path / "bare.git")
    assert repo.root is None
    assert repo.base().commit == head
    assert repo.read_files(head, [PATH]) == {PATH: b"x"}
    assert repo.work_tree_files("manifests", [".yaml"]) is None


def test_a_linked_work_tree_is_the_same_repository(scratch: Scratch, tmp_path: Path) -> None:
    head = scratch.commit({PATH: "x"})
    scratch.git("worktree", "add", "--quiet", "-b", "feature", str(tmp_path / "linked"))
    repo = Repository.open(tmp_path / "linked")
    assert repo.root == (tmp_path / "linked").resolve()
    assert repo.base("main").commit == head
    assert repo.objects.write("blob", b"shared") == scratch.git("hash-object", "--stdin", data=b"shared")
    assert scratch.git("cat-file", "-p", repo.objects.write("blob", b"shared")) == "shared"


def test_the_variables_of_a_hook_lead_nowhere_else(
    scratch: Scratch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = scratch.commit({PATH: "x"})
    other = Scratch.create(tmp_path / "other")
    for name in ("GIT_DIR", "GIT_COMMON_DIR"):
        monkeypatch.setenv(name, str(other.root / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere/index")
    monkeypatch.setenv("GIT_WORK_TREE", str(other.root))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", "/nowhere/objects")
    repo = Repository.open(scratch.root)
    assert repo.base().commit == head
    assert repo.read_files(head, [PATH]) == {PATH: b"x"}


def _nothing(place: Path) -> None:
    """There is nothing at `place`."""


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (_nothing, "does not exist"),
        (lambda place: place.write_text("x"), "is no directory"),
        (Path.mkdir, "is no Git repository"),
    ],
)
def test_what_is_no_repository_is_told_in_one_line(tmp_path: Path, make: object, says: str) -> None:
    place = tmp_path / "there"
    make(place)  # type: ignore[operator]
    with pytest.raises(RepoError, match=says) as caught:
        Repository.open(place)
    assert "\n" not in str(caught.value)
    assert str(place) in str(caught.value)


def test_the_inside_of_git_is_no_place_to_stand(scratch: Scratch) -> None:
    scratch.commit({"a": "1"})
    with pytest.raises(RepoError, match=r"inside of \.git; name the work tree"):
        Repository.open(scratch.root / ".git" / "objects")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory away")
def test_a_repository_of_another_user_is_not_used(scratch: Scratch) -> None:
    scratch.commit({"a": "1"})
    for place in (scratch.root, scratch.root / ".git"):
        os.chown(place, 12345, 12345)
    with pytest.raises(RepoError, match=r"belongs to another user.*safe\.directory"):
        Repository.open(scratch.root)


def test_without_git_it_says_so(scratch: Scratch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RepoError, match="git is not installed"):
        Repository.open(scratch.root)


def test_a_repository_of_sha256_is_one_like_any_other(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    made = Scratch(tmp_path / "new")
    made.git("init", "--quiet", "--object-format=sha256", "--initial-branch=main", ".")
    first = made.commit({PATH: "1\n", "other": "x"})
    repo = Repository.open(made.root)
    tree = tree_with(repo.objects, first, {PATH: b"2\n"})
    new = write_commit(repo.objects, tree=tree, parents=[first], message="m", when=minute(3))
    assert len(new) == 64
    assert repo.refs.update(
        [RefChange("refs/heads/main", new, first), RefChange("refs/promoter/x", new, None)]
    )
    assert made.show("main", PATH) == "2"
    assert [change.commit.sha for change in repo.history(new, [PATH])] == [first, new]
    assert repo.read_files(new, [PATH]) == {PATH: b"2\n"}
    made.git("fsck", "--strict")


def test_files_are_read_byte_for_byte(scratch: Scratch, repo: Repository) -> None:
    files = {
        "crlf": b"a\r\nb\r\n",
        "bom": b"\xef\xbb\xbfa",
        "binary": bytes(range(256)),
        "empty": b"",
        "a b/ü": b"x",
    }
    head = scratch.commit(files)
    (scratch.root / "crlf").write_bytes(b"work tree")
    assert repo.read_files(head, files) == files


def test_only_regular_files_are_read_and_links_are_not_followed(scratch: Scratch, repo: Repository) -> None:
    (scratch.root / "link").symlink_to("a")
    (scratch.root / "away").symlink_to("d")
    head = scratch.commit({"a": "1", "d/b": "2"})
    scratch.git("add", "link", "away")
    scratch.git("update-index", "--add", "--cacheinfo", f"160000,{head},module")
    scratch.git("commit", "--quiet", "-m", "odd")
    asked = ["a", "d/b", "link", "away/b", "d", "module", "module/x", "nosuch", "a/b", "../a", "", "d/"]
    found = repo.read_files(scratch.head(), asked)
    assert list(found) == [*found]
    told = {path: data.message for path, data in found.items() if isinstance(data, Problem)}
    assert {path: data for path, data in found.items() if isinstance(data, bytes)} == {"a": b"1", "d/b": b"2"}
    assert told == {
        "link": "is a symbolic link on base",
        "away/b": "there is no such file on base",
        "d": "is a directory on base",
        "module": "is a submodule on base",
        "module/x": "there is no such file on base",
        "nosuch": "there is no such file on base",
        "a/b": "there is no such file on base",
        "../a": "the path has '..' in it",
        "": "the path is empty",
        "d/": "the path has an empty part",
    }
    assert all(str(data).startswith(path) for path, data in found.items() if isinstance(data, Problem))


@pytest.mark.parametrize(("size", "read"), [(MAX_BYTES, True), (MAX_BYTES + 1, False)])
def test_a_file_has_a_largest_size(scratch: Scratch, repo: Repository, size: int, *, read: bool) -> None:
    head = scratch.commit({"a": b"x" * size})
    assert isinstance(repo.read_files(head, ["a"])["a"], bytes) is read
    assert bool(repo.read_blobs([scratch.head("HEAD:a")])) is read


def test_the_files_of_a_directory_are_listed_with_those_below(scratch: Scratch, repo: Repository) -> None:
    (scratch.root / "policies").mkdir()
    (scratch.root / "policies" / "link.yaml").symlink_to("a.yaml")
    names = ["policies/a.yaml", "policies/b.yml", "policies/line/c.yaml", "policies/readme.md", "other.yaml"]
    head = scratch.commit({**dict.fromkeys(names, "x"), "policies/dir.yaml/x.txt": "x"})
    scratch.git("add", "--all")
    scratch.git("commit", "--quiet", "-m", "link")
    found = ("policies/a.yaml", "policies/b.yml", "policies/line/c.yaml")
    assert repo.list_files(head, "policies", (".yaml", ".yml")) == found
    assert repo.list_files(head, "./policies/", (".yaml", ".yml")) == found
    assert repo.list_files(head, "policies/line", (".yaml",)) == ("policies/line/c.yaml",)
    assert "other.yaml" in repo.list_files(head, ".", (".yaml",))
    assert "policies/link.yaml" in repo.list_files(scratch.head(), "policies", (".yaml",))


@pytest.mark.parametrize("directory", ["nosuch", "a", "link", "policies/nosuch", "../x", "/etc", ""])
def test_what_is_no_directory_cannot_be_listed(scratch: Scratch, repo: Repository, directory: str) -> None:
    (scratch.root / "link").symlink_to("policies")
    scratch.commit({"a": "x", "policies/b": "x"})
    scratch.git("add", "link")
    scratch.git("commit", "--quiet", "-m", "link")
    with pytest.raises(RepoError):
        repo.list_files(scratch.head(), directory, (".yaml",))


def test_a_directory_may_be_absent_where_it_is_not_needed(scratch: Scratch, repo: Repository) -> None:
    head = scratch.commit({"a": "x"})
    assert repo.list_files(head, "policies", (".yaml",), needed=False) == ()
    with pytest.raises(RepoError, match="there is no directory a on base: it is a file"):
        repo.list_files(head, "a", (".yaml",), needed=False)


def test_the_work_tree_is_read_as_it_is_now(scratch: Scratch, repo: Repository, tmp_path: Path) -> None:
    scratch.commit({"policies/a.yaml": "committed", "policies/line/c.yaml": "c", "policies/x.txt": "x"})
    scratch.write("policies/a.yaml", "changed")
    scratch.write("policies/new.yaml", "untracked")
    (tmp_path / "secret").write_text("secret")
    (scratch.root / "policies" / "out.yaml").symlink_to(tmp_path / "secret")
    (scratch.root / "policies" / "in.yaml").symlink_to("a.yaml")
    os.mkfifo(scratch.root / "policies" / "pipe.yaml")
    found = repo.work_tree_files("policies", (".yaml",))
    assert found is not None
    assert list(found) == sorted(found)
    assert {path: data for path, data in found.items() if isinstance(data, bytes)} == {
        "policies/a.yaml": b"changed",
        "policies/line/c.yaml": b"c",
        "policies/new.yaml": b"untracked",
    }
    told = {path: data.message for path, data in found.items() if isinstance(data, Problem)}
    assert told == {
        "policies/in.yaml": "is a symbolic link",
        "policies/out.yaml": "is a symbolic link",
        "policies/pipe.yaml": "is no regular file",
    }


def test_a_work_tree_without_the_directory_has_none(scratch: Scratch, repo: Repository) -> None:
    scratch.commit({"a": "x"})
    assert repo.work_tree_files("policies", (".yaml",)) is None


def test_a_directory_that_is_a_link_is_not_followed(
    scratch: Scratch, repo: Repository, tmp_path: Path
) -> None:
    scratch.commit({"a": "x"})
    (tmp_path / "away").mkdir()
    (scratch.root / "policies").symlink_to(tmp_path / "away")
    with pytest.raises(RepoError, match="symbolic link"):
        repo.work_tree_files("policies", (".yaml",))


def test_the_human_is_called_as_git_calls_them(
    scratch: Scratch, repo: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch.git("config", "user.name", "Ada Lovelace")
    scratch.git("config", "user.email", "ada@example.com")
    assert repo.user_identity() == "Ada Lovelace"
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Grace")
    assert repo.user_identity() == "Grace"


def test_a_human_without_a_name_in_git_is_the_one_logged_in(
    scratch: Scratch, repo: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch.git("config", "user.useConfigOnly", "true")
    monkeypatch.setenv("LOGNAME", "ada")
    assert repo.user_identity() == "ada"
