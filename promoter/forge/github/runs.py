"""The earlier runs of this workflow on GitHub: the only record of when the bot last ticked. One request."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from promoter.core.heartbeat import Run
from promoter.errors import ForgeError, SettingsError

_WORKFLOW = re.compile(r"[^/]+/[^/]+/\.github/workflows/([A-Za-z0-9._ -]+)@.+")
_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*/[A-Za-z0-9._-]+")
_TICK = "promoter run"  # the run-name that promote.yml gives to ticks; a plan and the buttons are none
_FAILED = frozenset({"failure", "timed_out", "startup_failure"})  # cancelled: by a newer tick, or a human
_SECONDS = 10


def earlier_ticks(environ: Mapping[str, str]) -> tuple[Run | None, int]:
    """The newest earlier run of this workflow that ticked and ended well, and how many have failed since.

    A run that failed is none: nobody can see from here whether it ticked or could not even log in. Raises SettingsError outside of GitHub Actions, ForgeError where GitHub does not answer.
    """
    repository, token = environ.get("GITHUB_REPOSITORY", ""), environ.get("GITHUB_TOKEN", "")
    workflow = _WORKFLOW.fullmatch(environ.get("GITHUB_WORKFLOW_REF", ""))
    if not _REPOSITORY.fullmatch(repository) or workflow is None:
        raise SettingsError(
            "GITHUB_REPOSITORY and GITHUB_WORKFLOW_REF name no workflow", hint="this is for GitHub Actions"
        )
    if not token:
        raise SettingsError(
            "GITHUB_TOKEN is empty", hint="give the job `actions: read` and pass github.token"
        )
    path = f"/repos/{repository}/actions/workflows/{workflow[1]}/runs"
    runs = _read(environ.get("GITHUB_API_URL") or "https://api.github.com", token, path)
    ticks = tuple(_ticks(runs, environ.get("GITHUB_RUN_ID", "")))
    last = max((run for run, well in ticks if well), key=lambda run: run.ended, default=None)
    return last, sum(not well and (last is None or run.ended > last.ended) for run, well in ticks)


def _read(api: str, token: str, path: str) -> Iterable[Any]:
    from github import Auth, Github  # noqa: PLC0415 - only who needs it pays for it
    from github.GithubException import GithubException  # noqa: PLC0415

    client = Github(base_url=api, auth=Auth.Token(token), timeout=_SECONDS, retry=None)
    try:
        _, found = client.requester.requestJsonAndCheck(
            "GET", path, parameters={"status": "completed", "per_page": 30}
        )
    except GithubException as error:
        hint = "give the job `actions: read`" if error.status in (403, 404) else None
        raise ForgeError(f"GitHub answered {error.status} about this workflow's runs", hint=hint) from error
    except (OSError, ValueError) as error:  # requests' errors are OSErrors
        raise ForgeError(
            f"GitHub did not answer about this workflow's runs: {type(error).__name__}"
        ) from error
    finally:
        client.close()
    runs = found.get("workflow_runs") if isinstance(found, dict) else None
    return runs if isinstance(runs, list) else ()


def _ticks(runs: Iterable[Any], mine: str) -> Iterator[tuple[Run, bool]]:
    """The other runs that were to tick, and whether each ended well."""
    for run in runs:
        if not isinstance(run, dict) or str(run.get("id")) == mine:
            continue
        well = run.get("conclusion") == "success"
        if not well and run.get("conclusion") not in _FAILED:
            continue
        if run.get("event") != "schedule" and str(run.get("display_title", "")).strip() != _TICK:
            continue
        try:
            ended = datetime.fromisoformat(str(run["updated_at"]))
            number = int(run["run_number"])
        except (KeyError, TypeError, ValueError):
            continue
        if ended.tzinfo is not None:
            yield Run(ended=ended, number=number, url=str(run.get("html_url", ""))), well
