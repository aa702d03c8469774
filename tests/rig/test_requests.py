"""The fake GitHub takes what GitHub takes, and complains of everything else."""

from __future__ import annotations

import http.client
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from github import GithubException
from github.InputGitTreeElement import InputGitTreeElement

from tests.fakes.github import contract, graphql
from tests.fakes.github.hub import BOT
from tests.fakes.github.site import TOKEN, Site, a_site
from tests.rig.conftest import PATH, Opened, connect_to, propose


def ask(
    site: Site, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str], object]:
    """A bare request."""
    parts = urlsplit(site.github.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    sent = {"Authorization": f"Bearer {TOKEN}", **(headers or {})}
    connection.request(method, path, None if body is None else json.dumps(body), sent)
    answer = connection.getresponse()
    data = answer.read()
    connection.close()
    return answer.status, {k.lower(): v for k, v in answer.getheaders()}, json.loads(data) if data else None


def complaints_of(site: Site) -> list[str]:
    """What it complained of, so that the test may end well."""
    found = list(site.github.complaints)
    site.github.complaints.clear()
    return found


def test_a_route_it_does_not_speak_fails_the_test(tmp_path: Path) -> None:
    with (
        pytest.raises(AssertionError, match=r"GET /repos/factory/yolo/hooks: the fake GitHub does not speak"),
        a_site(tmp_path, {PATH: "gray: 5\n"}) as site,
    ):
        assert ask(site, "GET", "/repos/factory/yolo/hooks")[0] == 501


@pytest.mark.parametrize(
    ("method", "path", "body", "told"),
    [
        ("GET", "/repos/factory/yolo/pulls?stat=open", None, "unknown query parameter 'stat'"),
        ("GET", "/repos/factory/yolo/pulls?state=opened", None, "'opened' is not one of"),
        ("GET", "/repos/factory/yolo/pulls?per_page=many", None, "'many' is not of type 'integer'"),
        ("POST", "/repos/factory/yolo/git/refs", {"ref": "refs/heads/x"}, "'sha' is a required property"),
        ("PUT", "/repos/factory/yolo/pulls/1/merge", {"merge_method": "fast"}, "'fast' is not one of"),
        (
            "POST",
            "/repos/factory/yolo/pulls",
            {"head": "x", "base": "main", "titel": "x"},
            "unknown key 'titel'",
        ),
        ("POST", f"/repos/factory/yolo/statuses/{'a' * 40}", {"state": "fine"}, "'fine' is not one of"),
    ],
)
def test_a_request_that_is_not_as_described_is_a_complaint(
    site: Site, method: str, path: str, body: object, told: str
) -> None:
    assert ask(site, method, path, body)[0] == 422
    (complaint,) = complaints_of(site)
    assert told in complaint


def test_a_body_that_is_no_json_is_a_complaint(site: Site) -> None:
    parts = urlsplit(site.github.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    connection.request("POST", "/graphql", "{", {"Authorization": f"Bearer {TOKEN}"})
    assert connection.getresponse().status == 400
    connection.close()
    assert "no JSON" in complaints_of(site)[0]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{ repository(owner: 1, name: 2) { id } }", "String cannot represent"),
        ('{ repository(owner: "factory", name: "yolo") { colour } }', "Cannot query field 'colour'"),
        ("query {", "Syntax Error"),
        ("mutation { mergeEverything { id } }", "Cannot query field 'mergeEverything'"),
    ],
)
def test_a_document_that_is_not_of_githubs_schema_is_a_complaint(site: Site, text: str, told: str) -> None:
    ask(site, "POST", "/graphql", {"query": text})
    assert told in complaints_of(site)[0]


def test_a_field_the_fake_has_no_answer_for_is_a_complaint(site: Site) -> None:
    text = '{ repository(owner: "factory", name: "yolo") { rulesets(first: 1) { totalCount } } }'
    ask(site, "POST", "/graphql", {"query": text})
    assert "Repository.rulesets" in complaints_of(site)[0]


def test_an_answer_of_its_own_that_is_malformed_would_be_a_complaint() -> None:
    what = contract.operation("GET", "/repos/factory/yolo/git/ref/heads/main")
    assert what is not None
    assert what.parameters == {"owner": "factory", "repo": "yolo", "ref": "heads/main"}
    assert contract.response_problems(what, 200, {"ref": "refs/heads/main"})
    assert contract.response_problems(what, 418, {}) == ["no message"]
    assert contract.response_problems(what, 299, {})


def test_the_cut_descriptions_name_their_source_and_licence() -> None:
    openapi = json.loads((contract.HERE / "openapi.json").read_text(encoding="utf-8"))
    assert openapi["x-origin"]["source"].startswith("npm package @octokit/openapi ")
    assert openapi["x-origin"]["license"].startswith("MIT")
    head = (graphql.HERE / "schema.graphql").read_text(encoding="utf-8").splitlines()[:3]
    assert "@octokit/graphql-schema" in head[1]
    assert "MIT" in head[2]


def test_pygithub_makes_a_commit_a_branch_and_a_pull_request(site: Site, opened: Opened) -> None:
    repo = opened()
    base = repo.get_git_ref("heads/main").object.sha
    parent = repo.get_git_commit(base)
    element = InputGitTreeElement(PATH, "100644", "blob", content="gray: 20\n")
    commit = repo.create_git_commit("promote", repo.create_git_tree([element], parent.tree), [parent])
    assert commit.raw_data["verification"]["verified"]
    assert commit.raw_data["author"]["name"] == BOT
    repo.create_git_ref("refs/heads/promoter/yolo/x", commit.sha)
    pull = repo.create_pull(base="main", head="promoter/yolo/x", title="promote", body="why", draft=True)
    assert (pull.number, pull.draft, pull.head.sha, pull.base.sha) == (1, True, commit.sha, base)
    assert [file.filename for file in pull.get_files()] == [PATH]
    assert site.hub.bare.git("show", f"{commit.sha}:{PATH}") == "gray: 20"  # git itself sees it


def test_a_commit_with_an_author_of_its_own_is_not_verified(opened: Opened) -> None:
    from github.InputGitAuthor import InputGitAuthor  # noqa: PLC0415

    repo = opened()
    parent = repo.get_git_commit(repo.get_git_ref("heads/main").object.sha)
    who = InputGitAuthor("promoter", "promoter@example.com")
    made = repo.create_git_commit("x", parent.tree, [parent], author=who)
    assert not made.raw_data["verification"]["verified"]


def test_an_answer_that_has_not_changed_is_a_304(site: Site) -> None:
    propose(site)
    path = "/repos/factory/yolo/pulls"
    status, headers, _ = ask(site, "GET", path)
    assert status == 200
    assert ask(site, "GET", path, headers={"If-None-Match": headers["etag"]})[0] == 304
    site.hub.close(site.pull(), "grace")
    assert ask(site, "GET", path, headers={"If-None-Match": headers["etag"]})[0] == 200


def test_lists_come_in_pages_of_at_most_a_hundred(site: Site, opened: Opened) -> None:
    for number in range(120):
        site.hub.new_issue(BOT, f"issue {number}", "")
    assert len(list(opened().get_issues(state="open"))) == 120
    asked = [request.path for request in site.github.log]
    assert len([path for path in asked if "/issues" in path]) == 4  # of thirty, as nothing was said
    page = ask(site, "GET", "/repos/factory/yolo/issues?per_page=500")[2]
    assert isinstance(page, list)
    assert len(page) == 100


def test_a_graphql_connection_wants_to_be_told_how_many(site: Site) -> None:
    for part, kind in (("", "MISSING_PAGINATION_BOUNDARIES"), ("(first: 101)", "EXCESSIVE_PAGINATION")):
        text = f'{{ repository(owner: "factory", name: "yolo") {{ issues{part} {{ totalCount }} }} }}'
        _, _, answer = ask(site, "POST", "/graphql", {"query": text})
        assert isinstance(answer, dict)
        assert answer["errors"][0]["type"] == kind


def test_graphql_takes_a_hundred_ids_of_a_list_and_has_null_for_what_is_not_there(site: Site) -> None:
    propose(site)
    listed = ask(site, "GET", "/repos/factory/yolo/git/matching-refs/heads/promoter")[2]
    assert isinstance(listed, list)
    (known,) = (one["node_id"] for one in listed)
    text = "query($a: [ID!]!, $b: [ID!]!) { a: nodes(ids: $a) { ...R } b: nodes(ids: $b) { ...R } } fragment R on Ref { name }"

    def nodes(*ids: list[str]) -> Any:
        variables = dict(zip("ab", ids, strict=True))
        return ask(site, "POST", "/graphql", {"query": text, "variables": variables})[2]

    shown = {"name": "promoter/yolo/x"}
    assert nodes([known] * 100, [known]) == {"data": {"a": [shown] * 100, "b": [shown]}}
    found = nodes([known], ["REF_refs/heads/promoter/none", known])
    assert found["data"] == {"a": [shown], "b": [None, shown]}
    assert [(error["type"], error["path"]) for error in found["errors"]] == [("NOT_FOUND", ["b", 0])]
    assert nodes([known], [known] * 101)["errors"][0]["type"] == "ARGUMENT_LIMIT"


def test_every_request_is_on_record_with_who_and_what(site: Site) -> None:
    repo = connect_to(site, lazy=True).get_repo("factory/yolo")
    repo.get_pulls(state="open").totalCount  # noqa: B018
    repo.create_issue("x")
    names = [(r.operation, r.login, r.status, r.writes) for r in site.github.log]
    assert names == [("pulls/list", BOT, 200, False), ("issues/create", BOT, 201, True)]
    assert site.github.log[0].at <= site.github.log[1].at


def test_it_answers_below_the_path_of_an_enterprise_server(tmp_path: Path) -> None:
    with a_site(tmp_path, {PATH: "gray: 5\n"}, prefix="/api/v3") as site:
        repo = connect_to(site).get_repo("factory/yolo")
        assert repo.get_git_ref("heads/main").object.sha == site.hub.head()
        pull = repo.get_pull(propose(site))
        pull.convert_to_draft()  # by GraphQL, at /api/graphql
        assert site.pull().draft


def test_a_repository_of_another_name_is_not_found(site: Site) -> None:
    with pytest.raises(GithubException) as caught:
        connect_to(site, lazy=True).get_repo("factory/other").create_issue("x")
    assert caught.value.status == 404
