"""Which change a GitHub Actions run is about, from the event's payload: no network, no token."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from promoter.errors import SettingsError
from promoter.repo.base import Repository

_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A pull request (`number`) or a merge group (None): the branch it goes to, and its head commit."""

    number: int | None
    base_branch: str
    head: str


def read_event(environ: Mapping[str, str]) -> Event | None:
    """The change this run is about; None outside of GitHub Actions and for events about none.

    Raises SettingsError for a payload that cannot be read.
    """
    path = environ.get("GITHUB_EVENT_PATH")
    if not path:
        return None
    try:
        payload = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(f"GITHUB_EVENT_PATH cannot be read: {path}") from error
    if not isinstance(payload, dict):
        raise SettingsError("GITHUB_EVENT_PATH holds no event")
    if "pull_request" in payload:
        pull = _mapping(payload, "pull_request")
        base, head = _mapping(pull, "base"), _mapping(pull, "head")
        return Event(number=_number(pull), base_branch=_text(base, "ref"), head=_sha(head, "sha"))
    if "merge_group" in payload:
        group = _mapping(payload, "merge_group")
        # Judged against base itself, not against the group before it in the queue: only base's rules count.
        branch = _text(group, "base_ref").removeprefix("refs/heads/")
        return Event(number=None, base_branch=branch, head=_sha(group, "head_sha"))
    return None


def head_of(repo: Repository, number: int) -> str:
    """A ref of this clone that holds the pull request. Raises SettingsError where none was fetched."""
    names = (
        f"refs/pull/{number}/head",
        f"refs/remotes/origin/pull/{number}/head",
        f"refs/remotes/pull/{number}/merge",
        f"refs/pull/{number}/merge",
    )
    found = next((name for name in names if repo.objects.read_one(name) is not None), None)
    if found is None:
        hint = f"git fetch origin pull/{number}/head:refs/pull/{number}/head"
        raise SettingsError(f"this clone does not have pull request {number}", hint=hint)
    return found


def _mapping(payload: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = payload.get(key)
    if not isinstance(found, dict):
        raise SettingsError(f"the event has no {key}")
    return found


def _text(payload: Mapping[str, Any], key: str) -> str:
    found = payload.get(key)
    if not isinstance(found, str) or not found:
        raise SettingsError(f"the event has no {key}")
    return found


def _sha(payload: Mapping[str, Any], key: str) -> str:
    found = _text(payload, key)
    if not _SHA.fullmatch(found):
        raise SettingsError(f"the event's {key} is no commit")
    return found


def _number(pull: Mapping[str, Any]) -> int:
    found = pull.get("number")
    if not isinstance(found, int):
        raise SettingsError("the event's pull request has no number")
    return found
