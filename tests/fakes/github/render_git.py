"""Commits, refs, statuses and rules as REST shows them."""

from __future__ import annotations

import base64

from tests.fakes.github.hub import Hub
from tests.fakes.github.objects import Commit, Entry, Signed
from tests.fakes.github.render import Json, moment, user
from tests.fakes.github.state import CheckRun, Status


def status(hub: Hub, item: Status, *, simple: bool = False) -> Json:
    found = {
        "url": f"{hub.api}/statuses/x",
        "avatar_url": f"{hub.url}/avatar",
        "id": item.id,
        "node_id": f"SC_{item.id}",
        "state": item.state,
        "description": item.description,
        "target_url": item.target_url,
        "context": item.context,
        "created_at": moment(item.at),
        "updated_at": moment(item.at),
    }
    return found if simple else {**found, "creator": user(hub, item.creator)}


def check_run(hub: Hub, sha: str, run: CheckRun) -> Json:
    return {
        "id": run.id,
        "node_id": f"CR_{run.id}",
        "head_sha": sha,
        "name": run.name,
        "url": f"{hub.api}/check-runs/{run.id}",
        "html_url": f"{hub.url}/{hub.full_name}/runs/{run.id}",
        "details_url": None,
        "external_id": "",
        "status": run.status,
        "conclusion": run.conclusion,
        "started_at": moment(run.at),
        "completed_at": moment(run.at) if run.status == "completed" else None,
        "check_suite": None,
        "output": {
            "title": None, "summary": None, "text": None, "annotations_count": 0,
            "annotations_url": f"{hub.api}/check-runs/{run.id}/annotations",
        },
        "app": None,
        "pull_requests": [],
    }  # fmt: skip


def verification(item: Commit) -> Json:
    return {
        "verified": item.signed,
        "reason": "valid" if item.signed else "unsigned",
        "signature": None,
        "payload": None,
        "verified_at": None,
    }


def _who(who: Signed) -> Json:
    return {"name": who.name, "email": who.email, "date": moment(who.when)}


def git_commit(hub: Hub, item: Commit) -> Json:
    """As the Git database shows a commit."""
    here = f"{hub.api}/git"
    return {
        "sha": item.sha,
        "node_id": f"C_{item.sha}",
        "url": f"{here}/commits/{item.sha}",
        "html_url": f"{hub.url}/{hub.full_name}/commit/{item.sha}",
        "author": _who(item.author),
        "committer": _who(item.committer),
        "tree": {"sha": item.tree, "url": f"{here}/trees/{item.tree}"},
        "message": item.message,
        "parents": [_parent(hub, sha) for sha in item.parents],
        "verification": verification(item),
    }


def _parent(hub: Hub, sha: str) -> Json:
    return {
        "sha": sha,
        "url": f"{hub.api}/commits/{sha}",
        "html_url": f"{hub.url}/{hub.full_name}/commit/{sha}",
    }


def login_of(hub: Hub, who: Signed) -> str | None:
    """The account that an e-mail address belongs to."""
    name = who.email.partition("@users.noreply")[0].partition("+")[2]
    return name if name in hub.people else None


def commit(hub: Hub, item: Commit) -> Json:
    """As the repository shows a commit."""
    inner = git_commit(hub, item)
    return {
        "sha": item.sha,
        "node_id": inner["node_id"],
        "url": f"{hub.api}/commits/{item.sha}",
        "html_url": inner["html_url"],
        "comments_url": f"{hub.api}/commits/{item.sha}/comments",
        "commit": {
            "url": inner["url"],
            "author": inner["author"],
            "committer": inner["committer"],
            "message": item.message,
            "comment_count": 0,
            "tree": inner["tree"],
            "verification": inner["verification"],
        },
        "author": user(hub, login_of(hub, item.author)),
        "committer": user(hub, login_of(hub, item.committer)),
        "parents": inner["parents"],
    }


def ref(hub: Hub, name: str, sha: str) -> Json:
    return {
        "ref": name,
        "node_id": f"REF_{name}",
        "url": f"{hub.api}/git/{name}",
        "object": {"type": "commit", "sha": sha, "url": f"{hub.api}/git/commits/{sha}"},
    }


def content(hub: Hub, path: str, at: str, entry: Entry, data: bytes) -> Json:
    here = f"{hub.api}/contents/{path}?ref={at}"
    links = {"self": here, "git": f"{hub.api}/git/blobs/{entry.sha}", "html": f"{hub.url}/{path}"}
    return {
        "type": "file",
        "encoding": "base64",
        "size": len(data),
        "name": path.rpartition("/")[2],
        "path": path,
        "content": base64.encodebytes(data).decode(),
        "sha": entry.sha,
        "url": here,
        "git_url": links["git"],
        "html_url": links["html"],
        "download_url": f"{hub.url}/raw/{path}",
        "_links": links,
    }


def branch_rules(hub: Hub) -> list[Json]:
    """The active rules of base, as rulesets give them."""
    rules = hub.rules
    if not rules.ruleset:
        return []
    info = {"ruleset_source_type": "Repository", "ruleset_source": hub.full_name, "ruleset_id": 1}
    found: list[Json] = []
    if rules.pull_request or rules.reviews or rules.conversations:
        parameters: Json = {
            "required_approving_review_count": rules.reviews,
            "dismiss_stale_reviews_on_push": rules.dismiss_stale,
            "require_code_owner_review": False,
            "require_last_push_approval": rules.last_push_approval,
            "required_review_thread_resolution": rules.conversations,
        }
        found.append({"type": "pull_request", "parameters": parameters})
    if rules.checks:
        wanted = [
            {"context": name, **({"integration_id": hub.people[sender].id} if sender else {})}
            for name, sender in rules.checks
        ]
        found.append(
            {
                "type": "required_status_checks",
                "parameters": {
                    "required_status_checks": wanted,
                    "strict_required_status_checks_policy": rules.strict,
                },
            }
        )
    if rules.merge_queue:
        found.append({"type": "merge_queue", "parameters": _QUEUE})
    found += [{"type": "required_signatures"}] * rules.signatures
    found += [{"type": "required_linear_history"}] * rules.linear
    return [{**rule, **info} for rule in found]


_QUEUE = {
    "check_response_timeout_minutes": 60,
    "grouping_strategy": "ALLGREEN",
    "max_entries_to_build": 5,
    "max_entries_to_merge": 5,
    "merge_method": "MERGE",
    "min_entries_to_merge": 1,
    "min_entries_to_merge_wait_minutes": 5,
}
