"""Tree objects as values: what a directory holds, read from and written as Git's bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from promoter.errors import RepoError

DIRECTORY = "40000"
FILES = ("100644", "100755", "100664")  # the last: group-writable, from old tools
SYMLINK = "120000"
SUBMODULE = "160000"


@dataclass(frozen=True, slots=True)
class Entry:
    """One name in a tree: its mode as Git writes it (octal digits) and the object's sha."""

    mode: str
    sha: str

    @property
    def is_file(self) -> bool:
        """A regular file, executable or not."""
        return self.mode in FILES


Tree = Mapping[bytes, Entry]


def parse_tree(data: bytes, width: int = 20) -> Tree:
    """A tree object's bytes as its entries; a sha has `width` bytes. Raises RepoError where they are damaged."""
    entries: dict[bytes, Entry] = {}
    place = 0
    while place < len(data):
        space = data.find(b" ", place)
        end = data.find(b"\0", space)
        sha = data[end + 1 : end + 1 + width]
        if space < 0 or end < 0 or len(sha) < width:
            raise RepoError("a tree object is damaged", hint="see git fsck")
        entries[data[space + 1 : end]] = Entry(data[place:space].decode("ascii", "replace"), sha.hex())
        place = end + 1 + width
    return entries


def build_tree(tree: Tree) -> bytes:
    """The entries as a tree object's bytes, in Git's order: a directory sorts as if its name ended in `/`."""
    ordered = sorted(tree.items(), key=lambda item: item[0] + (b"/" if item[1].mode == DIRECTORY else b""))
    return b"".join(
        entry.mode.encode() + b" " + name + b"\0" + bytes.fromhex(entry.sha) for name, entry in ordered
    )


def kind_of(entry: Entry | None) -> str:
    """What stands there, for people."""
    if entry is None:
        return "does not exist"
    return {
        DIRECTORY: "is a directory",
        SYMLINK: "is a symbolic link",
        SUBMODULE: "is a submodule",
    }.get(entry.mode, "is a file")
