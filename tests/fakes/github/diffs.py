"""What differs between two commits, as git says."""

from __future__ import annotations

from typing import Any

from tests.fakes.github.hub import Hub

Json = dict[str, Any]


def diff(hub: Hub, base: str, head: str) -> list[Json]:
    """The files that differ from the merge base to head, with the patch git makes."""
    start = hub.bare.merge_base(base, head)
    if start is None:
        return []
    lines = hub.bare.about("diff", "--numstat", "--no-renames", start, head)[1].splitlines()
    states = hub.bare.about("diff", "--name-status", "--no-renames", start, head)[1].splitlines()
    found = []
    for line, state in zip(lines, states, strict=True):
        added, deleted, path = line.split("\t")
        entry = hub.bare.entry(hub.bare.commit(head).tree, path)
        patch = hub.bare.about("diff", "--no-renames", start, head, "--", path)[1].partition("\n@@")[2]
        plus, minus = (int(part) if part.isdigit() else 0 for part in (added, deleted))
        found.append(
            {
                "sha": entry.sha if entry else "0" * 40,
                "filename": path,
                "status": {"A": "added", "D": "removed", "M": "modified"}.get(state[0], "changed"),
                "additions": plus,
                "deletions": minus,
                "changes": plus + minus,
                "blob_url": f"{hub.url}/{hub.full_name}/blob/{head}/{path}",
                "raw_url": f"{hub.url}/{hub.full_name}/raw/{head}/{path}",
                "contents_url": f"{hub.api}/contents/{path}?ref={head}",
                "patch": f"@@{patch}",
            }
        )
    return found
