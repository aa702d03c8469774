"""The workflows that `promoter init` writes beside the first policy: the bot, and the guard of pull requests."""

from __future__ import annotations

import json
import re
from importlib import metadata, resources
from pathlib import Path

from promoter.errors import SettingsError

FILES = ("promoter.yml", "promoter-guard.yml")
_FOLDER = Path(".github") / "workflows"
_ACTION = re.compile(r"[A-Za-z0-9._-]+/[A-Za-z0-9._-]+@[0-9a-f]{40}")
_OPEN = "OWNER/promoter@" + "0" * 40
_ORIGIN = re.compile(r"https://github\.com/([A-Za-z0-9._-]+/[A-Za-z0-9._-]+?)(?:\.git)?/?")


def safe_action(action: str | None) -> str | None:
    """The action itself. Raises SettingsError where it is no OWNER/REPO@COMMIT."""
    if action is not None and not _ACTION.fullmatch(action):
        hint = "the commit is all 40 digits: tags can move"
        raise SettingsError("--action is no OWNER/REPO@COMMIT", hint=hint)
    return action


def write_workflows(repo: Path, *, policies: str, action: str | None) -> tuple[list[str], bool]:
    """Write those that are not there yet; returns their names, and whether it is left to fill in the action.

    `action` is where promoter itself is, as OWNER/REPO@COMMIT. Raises SettingsError.
    """
    found = safe_action(action) or installed_from()
    written = []
    for name in FILES:
        target = repo / _FOLDER / name
        text = workflow(name, policies=policies, action=found)
        if _create(target, text):
            written.append((_FOLDER / name).as_posix())
    return written, bool(written) and found is None


def workflow(name: str, *, policies: str, action: str | None) -> str:
    """One of the workflows for this directory of policies; without an action the line to fill in stays."""
    text = resources.files("promoter").joinpath("templates", name).read_text(encoding="utf-8")
    if action is not None:
        text = text.replace(f"{_OPEN} # the commit you reviewed", action)
    if policies != "policies":
        text = text.replace("policies: policies\n", f"policies: {json.dumps(policies)}\n")
    return text


def installed_from() -> str | None:
    """OWNER/REPO@COMMIT where this promoter was installed from a commit on github.com, else None (PEP 610)."""
    try:
        told = metadata.distribution("gray-promoter").read_text("direct_url.json")
        origin = json.loads(told or "{}")
    except (metadata.PackageNotFoundError, ValueError):
        return None
    return action_of(origin)


def action_of(origin: object) -> str | None:
    """The same, from the record that pip keeps."""
    if not isinstance(origin, dict):
        return None
    vcs = origin.get("vcs_info")
    place = _ORIGIN.fullmatch(str(origin.get("url", "")))
    if place is None or not isinstance(vcs, dict):
        return None
    action = f"{place[1]}@{vcs.get('commit_id')}"
    return action if _ACTION.fullmatch(action) else None


def _create(target: Path, text: str) -> bool:
    """Write a file that is not there yet. Raises SettingsError where that cannot be done."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        return False
    except OSError as error:
        raise SettingsError(f"cannot write {target}: {error.strerror}") from error
    return True
