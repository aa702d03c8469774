"""The hub's values as REST shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.fakes.github import diffs, merging
from tests.fakes.github.hub import Hub
from tests.fakes.github.state import Comment, Event, Item, Pull, Review

Json = dict[str, Any]
_LINKS = [
    "archive",
    "assignees",
    "blobs",
    "branches",
    "collaborators",
    "comments",
    "commits",
    "compare",
    "contents",
    "contributors",
    "deployments",
    "downloads",
    "events",
    "forks",
    "git_commits",
    "git_refs",
    "git_tags",
    "hooks",
    "issue_comment",
    "issue_events",
    "issues",
    "keys",
    "labels",
    "languages",
    "merges",
    "milestones",
    "notifications",
    "pulls",
    "releases",
    "stargazers",
    "statuses",
    "subscribers",
    "subscription",
    "tags",
    "teams",
    "trees",
]


_PERMISSIONS = {
    "admin": {"admin", "maintain", "push", "triage", "pull"},
    "maintain": {"maintain", "push", "triage", "pull"},
    "write": {"push", "triage", "pull"},
    "triage": {"triage", "pull"},
    "read": {"pull"},
    "none": set(),
}


def moment(when: datetime | None) -> str | None:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ") if when else None


def user(hub: Hub, login: str | None) -> Json | None:
    """A simple user; nobody is null."""
    if not login:
        return None
    person = hub.people.get(login)
    number = person.id if person else 1
    here = f"{hub.url}/users/{login}"
    links = {
        f"{name}_url": f"{here}/{name}"
        for name in (
            [
                "events",
                "followers",
                "following",
                "gists",
                "organizations",
                "received_events",
                "repos",
                "starred",
                "subscriptions",
            ]
        )
    }
    return {
        "login": login,
        "id": number,
        "node_id": f"U_{number}",
        "avatar_url": f"{here}/avatar",
        "gravatar_id": "",
        "url": here,
        "html_url": f"{hub.url}/{login}",
        "type": person.kind if person else "User",
        "site_admin": False,
        **links,
    }


def association(hub: Hub, login: str) -> str:
    """Unreliable on purpose, as on GitHub: private members look like strangers."""
    return "MEMBER" if hub.may(login, "admin") else "NONE"


def repository(hub: Hub, viewer: str = "", *, name: str | None = None) -> Json:
    """Full enough for every form of a repository."""
    full = name or hub.full_name
    here = f"{hub.url}/repos/{full}"
    owner, short = full.split("/")
    person = hub.people.get(viewer)
    rights = _PERMISSIONS[person.role if person else "none"]
    return {
        **{f"{link}_url": f"{here}/{link}" for link in _LINKS},
        "id": 7,
        "node_id": "R_7",
        "name": short,
        "full_name": full,
        "owner": user(hub, owner),
        "private": hub.settings.private,
        "html_url": f"{hub.url}/{full}",
        "description": None,
        "fork": full != hub.full_name,
        "url": here,
        "clone_url": f"{hub.url}/{full}.git",
        "git_url": f"{hub.url}/{full}.git",
        "ssh_url": f"{hub.url}/{full}.git",
        "svn_url": f"{hub.url}/{full}",
        "mirror_url": None,
        "homepage": None,
        "language": None,
        "license": None,
        "default_branch": hub.base,
        "forks": 0,
        "forks_count": 0,
        "has_downloads": True,
        "has_issues": hub.settings.issues,
        "has_projects": False,
        "has_wiki": False,
        "has_pages": False,
        "has_discussions": False,
        "archived": hub.settings.archived,
        "disabled": False,
        "open_issues": 0,
        "open_issues_count": 0,
        "size": 1,
        "stargazers_count": 0,
        "watchers": 0,
        "watchers_count": 0,
        "network_count": 0,
        "subscribers_count": 0,
        "pushed_at": moment(hub.now()),
        "created_at": moment(hub.now()),
        "updated_at": moment(hub.now()),
        "permissions": {k: k in rights for k in ("admin", "maintain", "push", "triage", "pull")},
        "allow_merge_commit": "merge" in hub.settings.methods,
        "allow_squash_merge": "squash" in hub.settings.methods,
        "allow_rebase_merge": "rebase" in hub.settings.methods,
        "allow_auto_merge": hub.settings.auto_merge,
        "delete_branch_on_merge": hub.settings.delete_branch_on_merge,
    }


def label(hub: Hub, name: str) -> Json:
    return {
        "id": 1 + sum(name.encode()),
        "node_id": f"LA_{name}",
        "url": f"{hub.api}/labels/{name}",
        "name": name,
        "color": hub.state.labels.get(name, "ededed"),
        "default": False,
        "description": None,
    }


def issue(hub: Hub, item: Item) -> Json:
    here, where = f"{hub.api}/issues/{item.number}", "pull" if isinstance(item, Pull) else "issues"
    found = {
        "id": item.id,
        "node_id": node_id(item),
        "url": here,
        "repository_url": hub.api,
        "labels_url": f"{here}/labels{{/name}}",
        "comments_url": f"{here}/comments",
        "events_url": f"{here}/events",
        "timeline_url": f"{here}/timeline",
        "html_url": f"{hub.url}/{hub.full_name}/{where}/{item.number}",
        "number": item.number,
        "state": item.state,
        "state_reason": item.reason,
        "title": item.title,
        "body": item.body,
        "user": user(hub, item.author),
        "labels": [label(hub, name) for name in item.labels],
        "assignee": None,
        "assignees": [],
        "milestone": None,
        "locked": item.locked,
        "active_lock_reason": None,
        "comments": len(item.comments),
        "closed_at": moment(item.closed),
        "closed_by": user(hub, item.closed_by),
        "created_at": moment(item.at),
        "updated_at": moment(item.updated),
        "author_association": association(hub, item.author),
        "performed_via_github_app": None,
    }
    if isinstance(item, Pull):
        pull_url = f"{hub.api}/pulls/{item.number}"
        found["pull_request"] = {
            "url": pull_url,
            "html_url": found["html_url"],
            "diff_url": f"{found['html_url']}.diff",
            "patch_url": f"{found['html_url']}.patch",
            "merged_at": moment(item.merged),
        }
        found["draft"] = item.draft
    return found


def node_id(item: Item) -> str:
    return f"{'PR' if isinstance(item, Pull) else 'I'}_{item.number}"


def pull(hub: Hub, item: Pull, *, full: bool = False) -> Json:
    """As in a list; `full` as alone, where mergeability is asked for."""
    here, shown = f"{hub.api}/pulls/{item.number}", issue(hub, item)
    html = shown["html_url"]
    links = {
        "url": here,
        "html_url": html,
        "diff_url": f"{html}.diff",
        "patch_url": f"{html}.patch",
        "issue_url": shown["url"],
        "commits_url": f"{here}/commits",
        "review_comments_url": f"{here}/comments",
        "review_comment_url": f"{here}/comments{{/number}}",
        "comments_url": shown["comments_url"],
        "statuses_url": f"{hub.api}/statuses/{item.head}",
    }
    named = {
        "self": here,
        "html": html,
        "issue": shown["url"],
        "comments": shown["comments_url"],
        "review_comments": links["review_comments_url"],
        "review_comment": links["review_comment_url"],
        "commits": links["commits_url"],
        "statuses": links["statuses_url"],
    }
    same = [
        "id",
        "node_id",
        "number",
        "state",
        "locked",
        "title",
        "user",
        "body",
        "labels",
        "milestone",
        "active_lock_reason",
        "created_at",
        "updated_at",
        "closed_at",
        "assignee",
        "assignees",
        "author_association",
    ]
    found = {
        **links,
        **{key: shown[key] for key in same},
        "node_id": node_id(item),
        "draft": item.draft,
        "merged_at": moment(item.merged),
        "merge_commit_sha": item.merge_commit,
        "requested_reviewers": [],
        "requested_teams": [],
        "head": _end(hub, item.head_repo, item.head_ref, item.head),
        "base": _end(hub, hub.full_name, item.base_ref, item.base),
        "_links": {key: {"href": value} for key, value in named.items()},
        "auto_merge": None,
    }
    return {**found, **_alone(hub, item)} if full else found


def _alone(hub: Hub, item: Pull) -> Json:
    mergeable = hub.mergeable(item) if item.state == "open" else None
    commits = hub.bare.line(item.head, f"^{item.base}")
    changed = diffs.diff(hub, item.base, item.head)
    return {
        "mergeable": mergeable,
        "mergeable_state": merging.merge_state(hub, item, mergeable) if item.state == "open" else "unknown",
        "rebaseable": mergeable,
        "merged": item.merged is not None,
        "merged_by": user(hub, item.merged_by),
        "comments": len(item.comments),
        "review_comments": len(item.threads),
        "maintainer_can_modify": False,
        "commits": len(commits),
        "additions": sum(entry["additions"] for entry in changed),
        "deletions": sum(entry["deletions"] for entry in changed),
        "changed_files": len(changed),
    }


def _end(hub: Hub, repo: str, ref: str, sha: str) -> Json:
    owner = repo.split("/", maxsplit=1)[0]
    return {
        "label": f"{owner}:{ref}",
        "ref": ref,
        "sha": sha,
        "user": user(hub, owner),
        "repo": repository(hub, name=repo),
    }


def comment(hub: Hub, item: Item, made: Comment) -> Json:
    here = f"{hub.api}/issues/comments/{made.id}"
    return {
        "id": made.id,
        "node_id": f"IC_{made.id}",
        "url": here,
        "html_url": f"{hub.url}/{hub.full_name}/issues/{item.number}#issuecomment-{made.id}",
        "issue_url": f"{hub.api}/issues/{item.number}",
        "body": made.body,
        "user": user(hub, made.author),
        "created_at": moment(made.at),
        "updated_at": moment(made.edited or made.at),
        "author_association": association(hub, made.author),
        "performed_via_github_app": None,
    }


def event(hub: Hub, made: Event) -> Json:
    found = {
        "id": made.id,
        "node_id": f"EV_{made.id}",
        "url": f"{hub.api}/issues/events/{made.id}",
        "actor": user(hub, made.actor),
        "event": made.kind,
        "commit_id": made.detail.get("commit"),
        "commit_url": None,
        "created_at": moment(made.at),
        "performed_via_github_app": None,
    }
    if "label" in made.detail:
        found["label"] = {"name": made.detail["label"], "color": "ededed"}
    if made.kind == "renamed":
        found["rename"] = {"from": made.detail["before"], "to": made.detail["after"]}
    if made.kind == "closed":
        found["state_reason"] = made.detail.get("reason")
    return found


def review(hub: Hub, item: Pull, made: Review) -> Json:
    here = f"{hub.api}/pulls/{item.number}"
    html = f"{hub.url}/{hub.full_name}/pull/{item.number}#pullrequestreview-{made.id}"
    return {
        "id": made.id,
        "node_id": f"PRR_{made.id}",
        "user": user(hub, made.author),
        "body": made.body,
        "state": made.state,
        "html_url": html,
        "pull_request_url": here,
        "_links": {"html": {"href": html}, "pull_request": {"href": here}},
        "submitted_at": moment(made.at),
        "commit_id": made.commit,
        "author_association": association(hub, made.author),
    }


def permission(hub: Hub, login: str) -> Json:
    """What the permission API says: triage reads as read, maintain as write; the role has its own name."""
    person = hub.people[login]
    coarse = {"triage": "read", "maintain": "write"}.get(person.role, person.role)
    rights = _PERMISSIONS[person.role]
    about = user(hub, login) or {}
    about |= {
        "role_name": person.role,
        "permissions": {key: key in rights for key in ("pull", "triage", "push", "maintain", "admin")},
    }
    return {"permission": coarse, "role_name": person.role, "user": about}
