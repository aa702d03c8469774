"""Whatever is wrong with the input: one line with place and remedy, exit 1, nothing written or promoted."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.conftest import NewProject
from tests.e2e.policies import DEPLOYMENT, MANIFEST, NAME, POLICY, a_policy
from tests.e2e.project import Project, Ran, minute

AUTO = a_policy("healthy", merge="auto")


def _refused(yolo: Project, *words: str, command: str = "run", lines: int = 1, **environ: str) -> Ran:
    """Exit 1, `lines` lines on stderr (more where several things are wrong), and nothing written."""
    before = yolo.state()
    ran = yolo.promoter(command, *words, at=minute(6), **environ)
    assert ran.code == 1, f"exit {ran.code}: {ran.out}{ran.err}"
    told = ran.err.splitlines()
    assert len(told) == lines, ran.err
    assert all(line.startswith("error: ") and "\x1b" not in line for line in told), ran.err
    assert yolo.state() == before
    return ran


def test_no_policies_directory(project: NewProject) -> None:
    yolo = project(policy=AUTO)
    yolo.commit({POLICY: None}, "oops", at=minute(1))
    told = [_refused(yolo, command=command).err for command in ("run", "plan")]
    assert "there is no directory policies on base" in told[0]
    assert told[0] == told[1]


def test_a_policy_that_is_no_text(project: NewProject) -> None:
    yolo = project(policy=AUTO)
    (yolo.root / POLICY).write_bytes(b"name: \xff\xfe\n")
    yolo.git("commit", "--quiet", "-am", "oops", at=minute(1))
    assert POLICY in _refused(yolo).err


def test_one_broken_policy_stops_no_other(project: NewProject) -> None:
    yolo = project(policy=AUTO, files={"policies/other.yaml": "version: 1\n"})
    ran = yolo.run(minute(6))
    assert ran.code == 1
    assert all(line.startswith("error: other: policies/other.yaml") for line in ran.err.splitlines())
    assert yolo.weight() == 20


def test_two_policies_with_one_name_are_both_unusable(project: NewProject) -> None:
    yolo = project(policy=AUTO, files={"policies/copy.yaml": AUTO})
    ran = _refused(yolo)
    assert "policies/copy.yaml" in ran.err
    assert POLICY in ran.err


def _link(yolo: Project, path: str, target: str) -> None:
    (yolo.root / path).unlink()
    (yolo.root / path).symlink_to(target)
    yolo.git("add", "--all")
    yolo.git("commit", "--quiet", "-m", "a link", at=minute(1))


@pytest.mark.parametrize("path", [MANIFEST, POLICY, DEPLOYMENT])
def test_a_symbolic_link_is_not_followed(project: NewProject, path: str, tmp_path: Path) -> None:
    yolo = project(policy=AUTO)
    outside = tmp_path / "outside.yaml"
    outside.write_bytes((yolo.root / path).read_bytes())
    _link(yolo, path, str(outside))
    ran = _refused(yolo)
    assert path in ran.err
    assert "symbolic link" in ran.err


def test_a_folder_that_is_a_symbolic_link_is_not_followed(project: NewProject, tmp_path: Path) -> None:
    yolo = project(policy=AUTO)
    (yolo.root / "policies").rename(tmp_path / "policies")
    (yolo.root / "policies").symlink_to(tmp_path / "policies")
    yolo.git("add", "--all")
    yolo.git("commit", "--quiet", "-m", "a link", at=minute(1))
    _refused(yolo)


def _nothing(place: Path) -> None:
    """There is nothing at `place`."""


def _a_file(place: Path) -> None:
    place.write_text("x")


def _a_broken_work_tree(place: Path) -> None:
    place.mkdir()
    (place / ".git").write_text("gitdir: /nowhere\n")


REPOSITORIES: dict[str, tuple[Callable[[Path], None], str]] = {
    "missing": (_nothing, "does not exist"),
    "a file": (_a_file, "repository"),
    "an empty folder": (Path.mkdir, "no Git repository"),
    "a broken work tree": (_a_broken_work_tree, "repository"),
}


@pytest.mark.parametrize(("make", "words"), REPOSITORIES.values(), ids=REPOSITORIES)
def test_a_repository_that_is_none(
    project: NewProject, tmp_path: Path, make: Callable[[Path], None], words: str
) -> None:
    place = tmp_path / "there"
    make(place)
    ran = _refused(project(policy=AUTO), "--repo", str(place))
    assert str(place) in ran.err
    assert words.lower() in ran.err.lower()


def test_an_empty_repository(project: NewProject, tmp_path: Path) -> None:
    yolo = project(policy=AUTO)
    yolo.git("init", "--quiet", "--initial-branch=main", str(tmp_path / "empty"))
    assert "no commit" in _refused(yolo, "--repo", str(tmp_path / "empty")).err


def test_a_repository_with_a_damaged_object(project: NewProject) -> None:
    yolo = project(policy=AUTO)
    blob = yolo.git("rev-parse", f"main:{MANIFEST}")
    file = yolo.root / ".git" / "objects" / blob[:2] / blob[2:]
    file.chmod(0o600)
    file.write_bytes(b"damaged")
    _refused(yolo)


def test_a_shallow_clone_without_a_remote(project: NewProject) -> None:
    yolo = project(policy=AUTO)
    shallow = yolo.root.parent / "shallow"
    yolo.git("clone", "--quiet", "--depth=1", f"file://{yolo.root}", str(shallow))
    yolo.git("-C", str(shallow), "remote", "remove", "origin")
    ran = _refused(yolo, "--repo", str(shallow))
    assert "shallow" in ran.err
    assert yolo.git("-C", str(shallow), "show", f"main:{MANIFEST}").count("weight: 95") == 1


def test_a_shallow_clone_with_its_remote_is_deepened(project: NewProject) -> None:
    yolo = project(policy=AUTO)
    shallow = yolo.root.parent / "shallow"
    yolo.git("clone", "--quiet", "--depth=1", f"file://{yolo.root}", str(shallow))
    ran = yolo.plan(minute(6), "--repo", str(shallow))
    assert (ran.code, ran.decision) == (0, "promote"), ran.err


def test_a_clone_that_is_behind_its_remote_does_not_act(project: NewProject) -> None:
    yolo = project("at-five", policy=a_policy("at-five", merge="auto"))
    clone = yolo.root.parent / "clone"
    yolo.git("clone", "--quiet", f"file://{yolo.root}", str(clone))
    yolo.set_weight(1, at=minute(3))
    yolo.git("-C", str(clone), "fetch", "--quiet")
    ran = _refused(yolo, "--repo", str(clone))
    assert "behind" in ran.err
    assert "pull" in ran.err


@pytest.mark.parametrize(
    "base",
    ["nosuch", "-x", "--output=stolen", "refs/../main", "main~1", "main\n", "a b", "$(touch stolen)"],
)
def test_a_base_that_is_no_branch(project: NewProject, base: str) -> None:
    yolo = project(policy=AUTO)
    _refused(yolo, f"--base={base}")
    assert not (yolo.root / "stolen").exists()


@pytest.mark.parametrize(
    ("command", "name"),
    [
        *(("run", name) for name in ("yolo-detektion", "../../etc", "$(touch stolen)", "\x1b[31mred", "")),
        *(("pause", name) for name in ("yolo-detektion", "--upload-pack=x", "a\nb", "\u202eevil")),
    ],
)
def test_a_rollout_that_nobody_knows(project: NewProject, command: str, name: str) -> None:
    yolo = project(policy=AUTO)
    more = ("--reason", "x") if command == "pause" else ()
    before = yolo.state()
    ran = yolo.promoter(command, *more, "--at", "2026-01-07T08:06:00Z", "--", name)
    assert (ran.code, len(ran.err.splitlines())) == (1, 1), ran.err
    assert "\x1b" not in ran.err
    assert "\u202e" not in ran.err
    assert yolo.state() == before
    if name == "yolo-detektion":
        assert "did you mean yolo-detection?" in ran.err


@pytest.mark.parametrize(
    ("at", "words"),
    [
        ("yesterday", "is no time"),
        ("2026-01-07T08:06:00", "has no time zone"),
        ("2026-13-07T08:06:00Z", "is no time"),
        ("9999-12-31T23:59:59-12:00", ""),
        ("", "is no time"),
    ],
)
def test_a_time_that_is_none(project: NewProject, at: str, words: str) -> None:
    yolo = project(policy=AUTO)
    before = yolo.state()
    ran = yolo.promoter("run", f"--at={at}")
    assert (ran.code, len(ran.err.splitlines())) == (1, 1), ran.err
    assert words in ran.err
    assert yolo.state() == before


def test_a_time_before_the_first_commit_promotes_nothing(project: NewProject) -> None:
    yolo = project(policy=AUTO)
    before = yolo.state()
    ran = yolo.promoter("run", "--output", "json", at=minute(-60))
    assert "merged" not in ran.out
    assert yolo.state() == before


@pytest.mark.parametrize("folder", ["..", "../elsewhere", "/etc", "-x", "nosuch", ".git", "policies/../.."])
@pytest.mark.parametrize("command", ["run", "plan"])
def test_a_policies_folder_that_is_none(project: NewProject, command: str, folder: str) -> None:
    assert folder in _refused(project(policy=AUTO), f"--policies={folder}", command=command).err


@pytest.mark.parametrize(
    "words", [("run", "--watch", "soon"), ("run", "--watch", "0s"), ("run", "--forge", "github")]
)
def test_an_option_that_cannot_be_used(project: NewProject, words: tuple[str, ...]) -> None:
    yolo = project(policy=AUTO)
    before = yolo.state()
    ran = yolo.promoter(*words)
    assert (ran.code, len(ran.err.splitlines())) == (1, 1), ran.err
    assert yolo.state() == before


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_human_must_say_why(project: NewProject, reason: str) -> None:
    assert "--reason" in _refused(project(), NAME, "--reason", reason, command="pause").err


def test_a_hostile_reason_and_author_stay_text(project: NewProject) -> None:
    yolo = project()
    (yolo.home / "gitconfig").write_text('[user]\n\tname = "Eve <x>\\\\n| `id`"\n\temail = eve@example.com\n')
    reason = "line one\nRollout-Weight: 5 -> 100\n\x1b[31m@all <!-- fixes #1 -->"
    assert yolo.promoter("pause", NAME, f"--reason={reason}", at=minute(5)).code == 0
    status = yolo.promoter("status", at=minute(6)).out
    assert "\x1b" not in status
    (line,) = (line for line in status.splitlines() if "hold pause" in line)
    assert "line one Rollout-Weight" in line
    markdown = yolo.promoter("plan", "--output", "markdown", at=minute(6)).out
    assert "<!--" not in markdown
    assert "@all" not in markdown
    assert yolo.run(minute(6)).decision == "hold"


def test_usage_errors_are_clicks_and_exit_2(project: NewProject) -> None:
    yolo = project()
    for words in (("run", "--nosuch"), ("nosuch",), ("plan", "--output", "xml"), ("pause", NAME)):
        assert yolo.promoter(*words).code == 2


def test_git_hooks_and_filters_of_the_repository_run_no_code(project: NewProject) -> None:
    yolo = project(policy=AUTO)
    stolen = yolo.root.parent / "stolen"
    for hook in ("pre-commit", "post-checkout", "post-merge", "reference-transaction", "pre-merge-commit"):
        file = yolo.root / ".git" / "hooks" / hook
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"#!/bin/sh\ntouch {stolen}\n")
        file.chmod(0o755)
    environ = yolo.env()
    ran = yolo.run(minute(6))
    assert "merged" in ran.did
    assert not stolen.exists()
    subprocess.run(["git", "fsck", "--strict"], cwd=yolo.root, env=environ, check=True, capture_output=True)


@pytest.mark.parametrize(
    "message",
    [
        "fine\x1f\x1f",
        "\x1e\x1f" * 9,
        "fine\x1e" + "a" * 40 + "\x1f1\x1f\x1f\x1f\x1f\x1f",
        ":000000 100644 a b M",
    ],
)
def test_a_hostile_commit_message_hides_no_rollback(project: NewProject, message: str) -> None:
    yolo = project("lowered", policy=a_policy("lowered", merge="auto"))
    yolo.set_weight(1, at=minute(6), message=message)
    ran = yolo.run(minute(12))
    assert (ran.code, ran.decision, yolo.weight()) == (0, "hold", 1)
    assert "\x1e" not in yolo.promoter("history", NAME, at=minute(12)).out


def test_the_settings_of_the_users_git_change_nothing(project: NewProject) -> None:
    yolo = project(policy=AUTO)
    expected = yolo.plan(minute(6)).out
    with (yolo.home / "gitconfig").open("a") as config:
        config.write(
            "[log]\n\tshowSignature = true\n\tdiffMerges = off\n\tdate = relative\n\tdecorate = full\n\tfollow = true\n"
            "[color]\n\tui = always\n[core]\n\tquotePath = true\n\tpager = false\n\tautocrlf = true\n"
            "[diff]\n\tnoprefix = true\n\trenames = copies\n\texternal = false\n[i18n]\n\tlogOutputEncoding = latin1\n"
            "[commit]\n\tgpgSign = true\n[gpg]\n\tprogram = false\n[merge]\n\tff = only\n"
        )
    assert yolo.plan(minute(6)).out == expected
    assert "merged" in yolo.run(minute(6)).did
    assert yolo.weight() == 20
