from __future__ import annotations

from pathlib import Path

import pytest

from promoter.errors import SettingsError
from promoter.forge.github.settings import GitHubSettings, github_settings, missing

KNOWN = {"GITHUB_REPOSITORY": "acme/factory", "GITHUB_TOKEN": "ghs_secret"}
KEY = "-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----\n"
APP = {"GITHUB_REPOSITORY": "acme/factory", "PROMOTER_GITHUB_APP_ID": "42"}


def the(**changes: str) -> GitHubSettings:
    found = github_settings({**KNOWN, **changes})
    assert found is not None
    return found


def test_a_repository_and_a_token_are_enough() -> None:
    found = the()
    assert (found.repository, found.token, found.api_url) == (
        "acme/factory",
        "ghs_secret",
        "https://api.github.com",
    )
    assert not found.is_loopback


@pytest.mark.parametrize("name", list(KNOWN))
def test_without_one_of_them_there_is_no_github(name: str) -> None:
    assert github_settings({**KNOWN, name: " "}) is None
    assert name.partition("_")[2].split("_")[-1].lower()[:4] in str(missing({**KNOWN, name: ""})).lower()


def test_promoters_own_token_wins_over_the_jobs() -> None:
    both = github_settings({**KNOWN, "PROMOTER_GITHUB_TOKEN": "ghp_own"})
    assert both is not None
    assert both.token == "ghp_own"


def test_an_apps_key_wins_over_a_token() -> None:
    found = the(**APP, PROMOTER_GITHUB_APP_PRIVATE_KEY=KEY.replace("\n", "\\n"))
    assert found.token is None
    assert found.app is not None
    assert (found.app.app, found.app.private_key, found.app.installation) == ("42", KEY, None)


def test_an_apps_key_may_be_a_file(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    file.write_text(KEY)
    found = github_settings(
        {
            **APP,
            "PROMOTER_GITHUB_APP_PRIVATE_KEY_FILE": str(file),
            "PROMOTER_GITHUB_APP_INSTALLATION_ID": "77",
        }
    )
    assert found is not None
    assert found.app is not None
    assert (found.app.private_key, found.app.installation) == (KEY, 77)


def test_no_secret_is_in_any_repr() -> None:
    shown = repr([the(), the(**APP, PROMOTER_GITHUB_APP_PRIVATE_KEY=KEY)])
    assert "secret" not in shown
    assert "PRIVATE" not in shown


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"GITHUB_REPOSITORY": "factory"}, "owner/name"),
        ({"GITHUB_REPOSITORY": "acme/fac tory"}, "owner/name"),
        ({"GITHUB_REPOSITORY": "acme/factory/../x"}, "owner/name"),
        ({"GITHUB_TOKEN": "two words"}, "single ASCII word"),
        ({"GITHUB_TOKEN": "ghs_\u00e4"}, "single ASCII word"),
        ({"GITHUB_API_URL": "http://github.example.com/api/v3"}, "plain http"),
        ({"GITHUB_API_URL": "https://grace:pw@github.example.com"}, "user name or password"),
        ({"GITHUB_API_URL": "ftp://github.example.com"}, "no http"),
        ({"GITHUB_API_URL": "https://github.example.com/?x=1"}, "no http"),
        ({"GITHUB_API_URL": "https://github.example.com:port"}, "cannot be read"),
        ({"GITHUB_SERVER_URL": "http://github.example.com"}, "GITHUB_SERVER_URL is plain http"),
        ({"PROMOTER_BOT": "my bot"}, "PROMOTER_BOT"),
        ({"PROMOTER_GITHUB_SECONDS": "soon"}, "PROMOTER_GITHUB_SECONDS"),
        ({"PROMOTER_GITHUB_SECONDS": "5"}, "PROMOTER_GITHUB_SECONDS"),
        ({"PROMOTER_GITHUB_SECONDS": "²²"}, "PROMOTER_GITHUB_SECONDS"),
        ({"PROMOTER_GITHUB_APP_ID": "42"}, "only useful together"),
        ({"PROMOTER_GITHUB_APP_PRIVATE_KEY": KEY}, "only useful together"),
        ({**APP, "PROMOTER_GITHUB_APP_PRIVATE_KEY": "ghs_wrong"}, "private key is none"),
        ({**APP, "PROMOTER_GITHUB_APP_PRIVATE_KEY_FILE": "/nowhere/key"}, "cannot be read"),
        (
            {**APP, "PROMOTER_GITHUB_APP_PRIVATE_KEY": KEY, "PROMOTER_GITHUB_APP_PRIVATE_KEY_FILE": "x"},
            "both set",
        ),
        (
            {**APP, "PROMOTER_GITHUB_APP_PRIVATE_KEY": KEY, "PROMOTER_GITHUB_APP_INSTALLATION_ID": "x"},
            "no number",
        ),
    ],
)
def test_what_cannot_be_used_is_told_without_the_secret(changes: dict[str, str], told: str) -> None:
    with pytest.raises(SettingsError, match=told) as found:
        the(**changes)
    assert not any(secret in str(found.value) for secret in ("pw@", "ghs_", "BEGIN"))


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080", "http://localhost/api/v3", "http://[::1]:1"])
def test_plain_http_is_for_this_machine(url: str) -> None:
    assert the(GITHUB_API_URL=f"{url}/").api_url == url
    assert the(GITHUB_API_URL=url).is_loopback


def test_the_run_is_linked() -> None:
    assert the(GITHUB_RUN_ID="7").run_url == "https://github.com/acme/factory/actions/runs/7"
    assert the().run_url == ""
    assert the(GITHUB_RUN_ID="7)[x").run_url == ""


def test_the_bot_may_be_a_managed_user() -> None:
    assert the(PROMOTER_BOT="svc-promoter_acme").bot == "svc-promoter_acme"


@pytest.mark.parametrize(
    ("environ", "human"),
    [
        ({"GITHUB_ACTIONS": "true", "GITHUB_ACTOR": "ada"}, "ada"),
        ({"GITHUB_ACTIONS": "true", "GITHUB_ACTOR": "ada", "GITHUB_TRIGGERING_ACTOR": "grace"}, "grace"),
        ({"GITHUB_ACTIONS": "true", "GITHUB_ACTOR": "ada", "GITHUB_EVENT_NAME": "schedule"}, ""),
        ({"GITHUB_ACTOR": "ada"}, ""),
        ({"GITHUB_ACTIONS": "true", "GITHUB_ACTOR": "ada_acme"}, "ada_acme"),
        ({"GITHUB_ACTIONS": "true", "GITHUB_ACTOR": "dependabot[bot]"}, "dependabot[bot]"),
        ({"GITHUB_ACTIONS": "true", "GITHUB_ACTOR": "a b"}, "'a b'"),
        ({"GITHUB_ACTIONS": "true", "GITHUB_ACTOR": "ada\n"}, "'ada\\n'"),
        ({"GITHUB_ACTIONS": "true"}, "''"),
    ],
)
def test_who_pressed_the_button_is_known_in_actions_only(environ: dict[str, str], human: str) -> None:
    assert the(**environ).human == human
