from dataclasses import replace
from pathlib import Path

import pytest

from promoter.errors import SettingsError
from promoter.settings import PrometheusSettings, prometheus_settings

URL = "https://prometheus.example.com"
SECRET = "s3cret-token"


def refused(environ: dict[str, str], url: str | None = URL) -> str:
    with pytest.raises(SettingsError) as caught:
        prometheus_settings(environ, url)
    assert SECRET not in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_no_server_is_no_setting() -> None:
    assert prometheus_settings({}, None) is None
    assert prometheus_settings({"PROMETHEUS_URL": ""}, None) is None


def test_the_option_wins_over_the_environment() -> None:
    environ = {"PROMETHEUS_URL": "http://127.0.0.1:9090"}
    assert prometheus_settings(environ, None) == PrometheusSettings(url="http://127.0.0.1:9090")
    assert prometheus_settings(environ, URL + "/") == PrometheusSettings(url=URL)


def test_every_variable_has_its_place(tmp_path: Path) -> None:
    files = {name: str(tmp_path / name) for name in ("ca", "cert", "key")}
    for path in files.values():
        Path(path).write_text("PEM")
    settings = prometheus_settings(
        {
            "PROMETHEUS_URL": URL,
            "PROMETHEUS_USERNAME": "user",
            "PROMETHEUS_PASSWORD": SECRET,
            "PROMETHEUS_CA_FILE": files["ca"],
            "PROMETHEUS_CLIENT_CERT": files["cert"],
            "PROMETHEUS_CLIENT_KEY": files["key"],
            "PROMETHEUS_TIMEOUT": "60s",
        },
        None,
    )
    assert settings == PrometheusSettings(
        url=URL,
        username="user",
        password=SECRET,
        ca_file=files["ca"],
        client_cert=files["cert"],
        client_key=files["key"],
        deadline_seconds=60.0,
        request_seconds=30.0,
    )
    assert SECRET not in repr(settings)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        (
            f"https://user:{SECRET}@prometheus.example.com",
            "the Prometheus URL carries a user name or password",
        ),
        (f"https://{SECRET}@prometheus.example.com", "PROMETHEUS_USERNAME and PROMETHEUS_PASSWORD instead"),
        ("prometheus.example.com", "no http(s) URL; write it like https://prometheus.example.com"),
        ("ftp://prometheus.example.com", "no http(s) URL"),
        ("https://", "no http(s) URL"),
        ("https://prometheus.example.com:port", "cannot be read"),
        ("https://prometheus.example.com:99999", "cannot be read"),
        ("https://[::1", "cannot be read"),
        (f"https://prometheus.example.com/?token={SECRET}", "has a query"),
        ("https://prometheus.example.com/#a", "a fragment"),
        ("https://prometheus.example.com/a b", "blanks"),
        ("https://prometheus.example.com\n", "blanks"),
    ],
)
def test_an_unusable_url_is_told_without_its_secret(url: str, told: str) -> None:
    assert told in refused({}, url)


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({"BEARER_TOKEN": SECRET, "BEARER_TOKEN_FILE": "/t"}, "are both set"),
        ({"BEARER_TOKEN": SECRET, "USERNAME": "u", "PASSWORD": "p"}, "both a bearer token and a user name"),
        ({"BEARER_TOKEN_FILE": "/t", "PASSWORD": SECRET}, "both a bearer token and a user name"),
        ({"USERNAME": "u"}, "only useful together"),
        ({"PASSWORD": SECRET}, "only useful together"),
        ({"USERNAME": "u:v", "PASSWORD": SECRET}, "a colon"),
        ({"CLIENT_KEY": "/k"}, "PROMETHEUS_CLIENT_KEY is set without PROMETHEUS_CLIENT_CERT"),
        ({"CA_FILE": "/gone/ca"}, "PROMETHEUS_CA_FILE cannot be read: No such file or directory"),
        ({"CLIENT_CERT": "/gone/cert"}, "PROMETHEUS_CLIENT_CERT cannot be read"),
        ({"BEARER_TOKEN_FILE": "/gone/token"}, "PROMETHEUS_BEARER_TOKEN_FILE cannot be read"),
        ({"BEARER_TOKEN": f"{SECRET}\nX-Evil: 1"}, "PROMETHEUS_BEARER_TOKEN holds no single ASCII word"),
        ({"BEARER_TOKEN": f"{SECRET}é"}, "no single ASCII word"),
        ({"TIMEOUT": "soon"}, "PROMETHEUS_TIMEOUT is no number of seconds"),
        ({"TIMEOUT": "0.9"}, "from 1 to 3600"),
        ({"TIMEOUT": "3601"}, "from 1 to 3600"),
        ({"TIMEOUT": "nan"}, "from 1 to 3600"),
    ],
)
def test_an_unusable_combination_is_told(environ: dict[str, str], told: str) -> None:
    assert told in refused({f"PROMETHEUS_{name}": value for name, value in environ.items()})


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost"])
def test_credentials_may_use_plain_http_on_this_machine(host: str) -> None:
    assert prometheus_settings({"PROMETHEUS_BEARER_TOKEN": SECRET}, f"http://{host}:9090")


def test_credentials_over_plain_http_need_a_word() -> None:
    environ = {"PROMETHEUS_BEARER_TOKEN": SECRET}
    assert "would travel over plain http" in refused(environ, "http://prometheus.monitoring:9090")
    assert prometheus_settings(
        {**environ, "PROMETHEUS_ALLOW_PLAIN_HTTP": "1"}, "http://prometheus.monitoring:9090"
    )
    assert prometheus_settings({}, "http://prometheus.monitoring:9090")


def test_a_client_certificate_needs_https() -> None:
    environ = {"PROMETHEUS_CLIENT_CERT": "/c"}
    assert "needs an https Prometheus URL" in refused(environ, "http://127.0.0.1:9090")


def test_a_token_file_is_read_when_it_is_needed(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f" {SECRET}\n")
    settings = prometheus_settings({"PROMETHEUS_BEARER_TOKEN_FILE": str(file)}, URL)
    assert settings is not None
    assert settings.token() == SECRET
    for content in (b"", b"two words", b"\xff"):
        file.write_bytes(content)
        with pytest.raises(SettingsError, match="PROMETHEUS_BEARER_TOKEN_FILE"):
            settings.token()


def test_the_origin_is_scheme_host_and_port() -> None:
    assert PrometheusSettings(url=URL + ":8443/prefix/").origin == URL + ":8443"
    assert PrometheusSettings(url=URL).token() is None


def test_settings_are_checked_however_they_are_made() -> None:
    with pytest.raises(SettingsError):
        replace(PrometheusSettings(url=URL), url="ftp://x")
