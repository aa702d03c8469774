"""scratch: a copy with base alone, whose refs are its own, and which is gone afterwards."""

from __future__ import annotations

from pathlib import Path

from promoter.repo.base import Repository
from promoter.repo.commit import write_commit
from promoter.repo.refs import RefChange, update_refs
from promoter.repo.scratch import scratch_copy
from tests.git_repository import Scratch, minute


def test_nothing_reaches_the_original(scratch: Scratch, repo: Repository) -> None:
    head = scratch.commit({"a": "1"})
    scratch.git("branch", "promoter/yolo/rollback-1")
    scratch.git("update-ref", "refs/promoter/holds/yolo", head)
    before = scratch.git("for-each-ref")
    with scratch_copy(repo, repo.base("main")) as copy:
        base = copy.base("main")
        assert base.commit == head
        assert list(copy.refs.list("refs/heads", "refs/promoter")) == ["refs/heads/main"]
        made = write_commit(
            copy.objects, tree=copy.objects.root(head), parents=[head], message="m", when=minute(1)
        )
        assert update_refs(copy.refs, [RefChange(base.ref, made, head)])
        assert copy.base("main").commit == made
        place = Path(copy.git.directory)
    assert scratch.git("for-each-ref") == before
    assert scratch.ask("cat-file", "-e", made)[0] != 0
    assert not place.exists()


def test_a_base_of_another_name_and_a_bare_original_do_as_well(scratch: Scratch, tmp_path: Path) -> None:
    head = scratch.commit({"a": "1"})
    scratch.git("branch", "site/line-7")
    bare = tmp_path / "bare.git"
    scratch.git("clone", "--quiet", "--bare", str(scratch.root), str(bare))
    original = Repository.open(bare)
    with scratch_copy(original, original.base("site/line-7")) as copy:
        assert copy.base(None).branch == "site/line-7"
        assert copy.base("site/line-7").commit == head
