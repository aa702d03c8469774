import subprocess
import sys
from pathlib import Path

import pytest

from promoter.plant.debian import UnavailableError
from tools import ensure_prometheus
from tools.ensure_prometheus import ensure, find

PROGRAM = "#!/bin/sh\nexit {code}\n"


def install(place: Path, *names: str, code: int = 0) -> Path:
    place.mkdir(parents=True, exist_ok=True)
    for name in names:
        (place / name).write_text(PROGRAM.format(code=code))
        (place / name).chmod(0o755)
    return place


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing on PATH and nothing fetched."""
    monkeypatch.setattr(ensure_prometheus, "CACHE", tmp_path / "cache")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))


def test_programs_on_path_are_taken(tmp_path: Path) -> None:
    place = install(tmp_path / "bin", "prometheus", "promtool")
    assert find("prometheus") == place
    assert ensure("prometheus") == place


def test_half_of_them_or_broken_ones_are_not(tmp_path: Path) -> None:
    install(tmp_path / "bin", "prometheus")
    assert find("prometheus") is None
    install(tmp_path / "bin", "promtool", code=1)
    assert find("prometheus") is None


def test_what_was_fetched_earlier_is_taken(tmp_path: Path) -> None:
    place = install(tmp_path / "cache" / "prometheus" / "usr" / "bin", "prometheus", "promtool")
    assert ensure("prometheus") == place


def test_where_nothing_works_it_says_what_to_install() -> None:
    with pytest.raises(UnavailableError, match=r"no Debian .* put prometheus and promtool on PATH"):
        ensure("prometheus")


def test_a_download_that_fails_says_so(tmp_path: Path) -> None:
    install(tmp_path / "bin", "apt-get", "dpkg", code=100)
    with pytest.raises(UnavailableError, match="apt-get cannot download prometheus; is the network there"):
        ensure("prometheus")


def test_a_package_is_unpacked_into_the_cache(tmp_path: Path) -> None:
    place = tmp_path / "bin"
    install(place, "apt-get", "dpkg")
    (place / "apt-get").write_text('#!/bin/sh\nfor a in "$@"; do last=$a; done\n: > "${last}_1_all.deb"\n')
    unpack = '#!/bin/sh\n/bin/mkdir -p "$3/usr/bin"\nfor p in prometheus promtool; do\n'
    unpack += 'printf \'#!/bin/sh\\n\' > "$3/usr/bin/$p"; /bin/chmod 755 "$3/usr/bin/$p"; done\n'
    (place / "dpkg").write_text(unpack)
    assert ensure("prometheus") == tmp_path / "cache" / "prometheus" / "usr" / "bin"
    assert sorted(entry.name for entry in (tmp_path / "cache").iterdir()) == [".lock", "prometheus"]


def test_the_command_prints_only_the_directories(tmp_path: Path) -> None:
    place = install(tmp_path / "bin", "prometheus", "promtool", "victoria-metrics")
    command = [sys.executable, ensure_prometheus.__file__, "--with", "victoria-metrics"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == f"{place}\n{place}\n"
