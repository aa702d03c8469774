"""A real bare Git repository: loose objects are read and written here, refs and merges are git's own."""

from __future__ import annotations

import subprocess
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha1
from pathlib import Path

ZERO = "0" * 40
SIGNATURE = "-----BEGIN PGP SIGNATURE-----\n\nof the web flow's key\n-----END PGP SIGNATURE-----"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a tree."""

    mode: str  # six digits
    kind: str  # blob, tree or commit
    sha: str


@dataclass(frozen=True, slots=True)
class Signed:
    """Who made a commit, and when."""

    name: str
    email: str
    when: datetime


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit object."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Signed
    committer: Signed
    message: str
    signed: bool


class RefMoved(Exception):  # noqa: N818 - an answer
    """A ref is not where it was expected to be."""


@dataclass
class Bare:
    """The repository behind the forge."""

    root: Path
    _merges: dict[tuple[str, ...], str | None] = field(default_factory=dict)
    _known: dict[tuple[str, ...], tuple[int, str, str]] = field(default_factory=dict)

    @classmethod
    def create(cls, root: Path, branch: str = "main") -> Bare:
        root.mkdir(parents=True)
        made = cls(root)
        made.git("init", "--quiet", "--bare", f"--initial-branch={branch}", ".")
        for key, value in (("gc.auto", "0"), ("receive.unpackLimit", "100000"), ("http.receivepack", "true")):
            made.git("config", key, value)
        return made

    def git(self, *words: str, stdin: str | None = None) -> str:
        """A git command that has to work."""
        status, out, err = self.ask(*words, stdin=stdin)
        if status != 0:
            raise RefMoved(f"git {' '.join(words)}: {err}")
        return out

    def ask(self, *words: str, stdin: str | None = None) -> tuple[int, str, str]:
        """A git command that may say no."""
        done = subprocess.run(
            ["git", *words],
            cwd=self.root,
            env={"PATH": "/usr/local/bin:/usr/bin:/bin", "GIT_CONFIG_NOSYSTEM": "1", "HOME": str(self.root)},
            input=stdin,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        return done.returncode, done.stdout.rstrip("\n"), done.stderr.strip()

    def about(self, *words: str) -> tuple[int, str, str]:
        """A git command about objects alone, which are for ever: asked once."""
        if words not in self._known:
            self._known[words] = self.ask(*words)
        return self._known[words]

    # Objects

    def write(self, kind: str, data: bytes) -> str:
        """Store an object; its name."""
        full = b"%s %d\0" % (kind.encode(), len(data)) + data
        sha = sha1(full).hexdigest()  # noqa: S324 - that is Git
        file = self._file(sha)
        if not file.exists():
            file.parent.mkdir(exist_ok=True)
            part = file.with_suffix(f".{id(data)}")
            part.write_bytes(zlib.compress(full, 1))
            part.replace(file)
        return sha

    def read(self, sha: str) -> tuple[str, bytes] | None:
        """An object's kind and content."""
        file = self._file(sha)
        if len(sha) == len(ZERO) and file.exists():
            head, _, data = zlib.decompress(file.read_bytes()).partition(b"\0")
            return head.split()[0].decode(), data
        status, kind, _ = self.ask("cat-file", "-t", "--", sha)
        if status != 0:
            return None
        found = subprocess.run(["git", "cat-file", kind, sha], cwd=self.root, capture_output=True, check=True)
        return kind, found.stdout

    def _file(self, sha: str) -> Path:
        return self.root / "objects" / sha[:2] / sha[2:]

    def blob(self, sha: str) -> bytes:
        kind, data = self.read(sha) or ("", b"")
        assert kind == "blob", f"{sha} is no blob"
        return data

    def tree(self, sha: str) -> dict[str, Entry]:
        """The entries of a tree by name."""
        kind, data = self.read(sha) or ("", b"")
        assert kind == "tree", f"{sha} is no tree"
        entries: dict[str, Entry] = {}
        while data:
            head, _, rest = data.partition(b"\0")
            mode, _, name = head.partition(b" ")
            what = {b"40000": "tree", b"160000": "commit"}.get(mode, "blob")
            entries[name.decode("utf-8", "surrogateescape")] = Entry(
                mode.decode().zfill(6), what, rest[:20].hex()
            )
            data = rest[20:]
        return entries

    def write_tree(self, entries: Mapping[str, Entry]) -> str:
        def order(item: tuple[str, Entry]) -> bytes:
            name = item[0].encode("utf-8", "surrogateescape")
            return name + b"/" if item[1].kind == "tree" else name

        lines = [
            entry.mode.lstrip("0").encode()
            + b" "
            + name.encode("utf-8", "surrogateescape")
            + b"\0"
            + bytes.fromhex(entry.sha)
            for name, entry in sorted(entries.items(), key=order)
        ]
        return self.write("tree", b"".join(lines))

    def commit(self, sha: str) -> Commit:
        kind, data = self.read(sha) or ("", b"")
        assert kind == "commit", f"{sha} is no commit"
        head, _, message = data.decode("utf-8", "replace").partition("\n\n")
        found: dict[str, list[str]] = {}
        for line in head.split("\n"):
            if not line.startswith(" "):
                key, _, value = line.partition(" ")
                found.setdefault(key, []).append(value)
        return Commit(
            sha=sha,
            tree=found["tree"][0],
            parents=tuple(found.get("parent", ())),
            author=_who(found["author"][0]),
            committer=_who(found["committer"][0]),
            message=message,
            signed="gpgsig" in found,
        )

    def write_commit(
        self,
        tree: str,
        parents: Sequence[str],
        message: str,
        *,
        author: Signed,
        committer: Signed,
        sign: bool = False,
    ) -> str:
        lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents)]
        lines += [f"author {_line(author)}", f"committer {_line(committer)}"]
        if sign:
            lines.append("gpgsig " + SIGNATURE.replace("\n", "\n "))
        return self.write("commit", ("\n".join(lines) + "\n\n" + message).encode())

    def has(self, sha: str, kind: str) -> bool:
        found = self.read(sha)
        return found is not None and found[0] == kind

    def entry(self, tree: str, path: str) -> Entry | None:
        """The entry at a path below a tree."""
        here: Entry | None = Entry("040000", "tree", tree)
        for part in path.split("/") if path else ():
            if here is None or here.kind != "tree":
                return None
            here = self.tree(here.sha).get(part)
        return here

    def tree_with(self, tree: str | None, changes: Mapping[str, Entry | None]) -> str:
        """A tree with these paths put in or (None) taken out."""
        entries = dict(self.tree(tree)) if tree else {}
        below: dict[str, dict[str, Entry | None]] = {}
        for path, entry in changes.items():
            top, _, rest = path.partition("/")
            if rest:
                below.setdefault(top, {})[rest] = entry
            elif entry is None:
                entries.pop(top, None)
            else:
                entries[top] = entry
        for top, deeper in below.items():
            known = entries.get(top)
            sha = self.tree_with(known.sha if known and known.kind == "tree" else None, deeper)
            if self.tree(sha):
                entries[top] = Entry("040000", "tree", sha)
            else:
                entries.pop(top, None)
        return self.write_tree(entries)

    def files(self, tree: str, below: str = "") -> dict[str, Entry]:
        """Every file below a tree by its path."""
        found: dict[str, Entry] = {}
        for name, entry in self.tree(tree).items():
            path = f"{below}{name}"
            found |= self.files(entry.sha, f"{path}/") if entry.kind == "tree" else {path: entry}
        return found

    # Refs and history: git's own

    def refs(self) -> dict[str, str]:
        """Every ref."""
        lines = self.git("for-each-ref", "--format=%(objectname) %(refname)").splitlines()
        return {line.split(" ", 1)[1]: line.split(" ", 1)[0] for line in lines}

    def update(self, changes: Iterable[tuple[str, str | None, str | None]]) -> None:
        """One transaction of (ref, new, expected old): None is absence. Raises RefMoved."""
        text = "".join(
            f"update {ref} {new or ZERO} {old or ZERO}\n" if new else f"delete {ref} {old or ''}\n"
            for ref, new, old in changes
        )
        self.git("update-ref", "--stdin", stdin=text)

    def line(self, *revisions: str) -> list[str]:
        """`git rev-list` of these, newest first."""
        return self.about("rev-list", "--topo-order", *revisions, "--")[1].split()

    def contains(self, descendant: str, ancestor: str) -> bool:
        if descendant == ancestor:
            return True
        return self.about("merge-base", "--is-ancestor", ancestor, descendant)[0] == 0

    def merge_base(self, one: str, other: str) -> str | None:
        status, out, _ = self.about("merge-base", one, other)
        return out if status == 0 else None

    def merged_tree(self, ours: str, theirs: str, base: str | None = None) -> str | None:
        """The tree of a merge, None where it conflicts; `base` in place of their common ancestor."""
        key = (ours, theirs, base or "")
        if key not in self._merges:
            ends = (ours, theirs) if base is None else self._beside(ours, theirs, base)
            status, out, _ = self.ask("merge-tree", "--write-tree", *ends)
            self._merges[key] = out.split("\n")[0] if status == 0 else None
        return self._merges[key]

    def _beside(self, ours: str, theirs: str, base: str) -> tuple[str, str]:
        """Two commits with these trees on a common parent: this git takes no --merge-base."""
        who = self.commit(base).committer
        root = self.write_commit(self.commit(base).tree, [], "base", author=who, committer=who)
        one, other = (
            self.write_commit(self.commit(sha).tree, [root], word, author=who, committer=who)
            for sha, word in ((ours, "ours"), (theirs, "theirs"))
        )
        return one, other


def _who(text: str) -> Signed:
    who, moment, zone = text.rsplit(" ", 2)
    name, _, email = who.partition(" <")
    sign = -1 if zone[0] == "-" else 1
    del sign  # moments are absolute
    return Signed(name, email.rstrip(">"), datetime.fromtimestamp(int(moment)).astimezone())


def _line(who: Signed) -> str:
    return f"{who.name} <{who.email}> {int(who.when.timestamp())} +0000"
