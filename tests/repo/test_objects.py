from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from promoter.errors import RepoError
from promoter.repo.base import Repository
from promoter.repo.trees import Entry, build_tree, parse_tree
from tests.git_repository import Scratch


def test_objects_come_in_the_order_they_were_asked_for(scratch: Scratch, repo: Repository) -> None:
    head = scratch.commit({"a": "one\n", "d/b": "two\n"})
    found = repo.objects.read([f"{head}:d/b", f"{head}:nosuch", f"{head}:a", "a" * 40])
    assert [item and item.data for item in found] == [b"two\n", None, b"one\n", None]
    assert [item and item.kind for item in found] == ["blob", None, "blob", None]


def test_a_thousand_objects_are_read_without_a_stall(scratch: Scratch, repo: Repository) -> None:
    head = scratch.commit({f"d/{number}": f"{number}\n" * 400 for number in range(1000)})
    found = repo.objects.read([f"{head}:d/{number}" for number in range(1000)])
    assert [item and item.data for item in found] == [f"{number}\n".encode() * 400 for number in range(1000)]


@pytest.mark.parametrize(("size", "read"), [(1000, True), (1001, False)])
def test_what_is_too_large_is_not_kept(scratch: Scratch, repo: Repository, size: int, *, read: bool) -> None:
    head = scratch.commit({"a": b"x" * size, "b": "after"})
    big, after = repo.objects.read([f"{head}:a", f"{head}:b"], limit=1000)
    assert big is not None
    assert (big.size, big.data is not None) == (size, read)
    assert after is not None
    assert after.data == b"after"


def test_objects_written_by_others_meanwhile_are_seen(scratch: Scratch, repo: Repository) -> None:
    repo.objects.read_one(scratch.commit({"a": "1"}))
    later = scratch.commit({"a": "2"})
    assert repo.objects.text(f"{later}:a") == "2"
    scratch.git("gc", "--quiet", "--prune=now")
    assert repo.objects.text(f"{later}:a") == "2"


def test_a_replaced_object_is_read_as_it_was_committed(scratch: Scratch, repo: Repository) -> None:
    head = scratch.commit({"a": "true"})
    other = scratch.git("hash-object", "-w", "--stdin", data=b"false")
    scratch.git("replace", scratch.head("HEAD:a"), other)
    assert scratch.show("HEAD", "a") == "false"
    assert repo.objects.text(f"{head}:a") == "true"


def test_a_damaged_object_is_never_taken_for_an_absent_one(scratch: Scratch, repo: Repository) -> None:
    head = scratch.commit({"a": "1", "b": "2"})
    blob = scratch.head("HEAD:a")
    file = scratch.root / ".git" / "objects" / blob[:2] / blob[2:]
    file.chmod(0o600)
    file.write_bytes(b"damaged")
    told = repo.read_files(head, ["a", "b"])
    assert told["b"] == b"2"
    assert f"is missing or damaged in Git's objects ({blob})" in str(told["a"])
    with pytest.raises(RepoError, match="damaged"):
        repo.read_blobs([blob])


def test_a_line_break_in_a_name_is_never_sent(repo: Repository) -> None:
    with pytest.raises(ValueError, match="line break"):
        repo.objects.read(["HEAD\nHEAD"])


def test_what_is_written_git_can_read(scratch: Scratch, repo: Repository) -> None:
    head = scratch.commit({"a": "1"})
    data = bytes(range(256)) * 10
    sha = repo.objects.write("blob", data)
    assert sha == scratch.git("hash-object", "--stdin", data=data)
    assert repo.objects.write("blob", data) == sha
    assert scratch.git("cat-file", "-t", sha) == "blob"
    tree = repo.objects.write_tree(
        {b"x": Entry("100755", sha), b"y": Entry("40000", repo.objects.root(head))}
    )
    assert scratch.git("ls-tree", "-r", tree).splitlines() == [
        f"100755 blob {sha}\tx",
        f"100644 blob {scratch.head('HEAD:a')}\ty/a",
    ]
    scratch.git("fsck", "--strict")


names = st.text(alphabet="ab.-_/0 é", min_size=1, max_size=4).map(
    lambda name: name.replace("/", "-").encode()
)
entries = st.dictionaries(
    names, st.sampled_from([("40000", "t"), ("100644", "b"), ("100755", "b"), ("120000", "b")])
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(entries=entries)
def test_a_tree_is_written_as_git_writes_it(
    scratch: Scratch, repo: Repository, entries: dict[bytes, tuple[str, str]]
) -> None:
    shas = {"b": repo.objects.write("blob", b"x"), "t": repo.objects.write("tree", b"")}
    tree = {
        name: Entry(mode, shas[kind]) for name, (mode, kind) in entries.items() if name not in (b".", b"..")
    }
    kinds = {"40000": "tree"}
    lines = b"".join(
        f"{entry.mode:0>6} {kinds.get(entry.mode, 'blob')} {entry.sha}\t".encode() + name + b"\0"
        for name, entry in tree.items()
    )
    assert repo.objects.write_tree(tree) == scratch.git("mktree", "-z", data=lines)
    assert parse_tree(build_tree(tree)) == tree


@pytest.mark.parametrize("data", [b"100644 a", b"100644 a\0" + b"x" * 19, b"garbage"])
def test_a_damaged_tree_is_an_error(data: bytes) -> None:
    with pytest.raises(RepoError, match="damaged"):
        parse_tree(data)
