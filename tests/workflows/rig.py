"""Runs a workflow for real with act, without containers: only the actions that need GitHub are stood in for.

The steps, the composite action and promoter itself run as they are; the checkout is a real clone.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
STANDINS = Path(__file__).parent / "actions"
TOKEN = "ghs_1234_" + "sentinel" * 8
SECRET = "prometheus-sentinel-value"
_SUMMARY = re.compile(r"Summary - (.*)")
_USES = re.compile(r"uses: ([\w.-]+/[\w.-]+)@([0-9a-f]{40})")
_SHIPPED = ("action.yml", "promoter", "pyproject.toml", "README.md", "LICENSE", "requirements.lock")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """How a workflow ended, what it printed, and the files it left."""

    code: int
    log: str
    artifacts: Path

    def report(self) -> dict[str, Any]:
        """The rollout in the report that the run kept."""
        text = (self.artifacts / "promoter-evidence" / "report.json").read_text(encoding="utf-8")
        (found,) = json.loads(text)["rollouts"]
        assert isinstance(found, dict)
        return found


@dataclass(slots=True)
class Rig:
    """One origin repository, and runs of its workflows."""

    place: Path
    origin: Path
    prometheus: str
    repository: str = "plant/factory"
    token: str = ""  # what github.token is
    environ: dict[str, str] = field(default_factory=dict)

    def run(
        self,
        event: str,
        workflow: str,
        *,
        ref: str = "refs/heads/main",
        payload: Mapping[str, object] | None = None,
        inputs: Mapping[str, str] | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> Ran:
        """One run of `.github/workflows/<workflow>` as it is on `ref`."""
        work = self.place / f"run-{len(list(self.place.iterdir()))}"
        tree = self._tree(work, ref)
        body = {"repository": {"default_branch": "main"}, **(payload or {})}
        if inputs is not None:
            body["inputs"] = dict(inputs)
        (work / "event.json").write_text(json.dumps(body), encoding="utf-8")
        known = {"PROMETHEUS_URL": self.prometheus, "PROMOTER_CLIENT_ID": "Iv1.test", **(variables or {})}
        words = [
            *_act(event, work),
            "--workflows", str(tree / ".github" / "workflows" / workflow),
            *(f"--local-repository={name}={path}" for name, path in self._actions(tree).items()),
            *(f"--var={name}={value}" for name, value in known.items()),
            *(f"--input={name}={value}" for name, value in (inputs or {}).items()),
            *(["--secret=GITHUB_TOKEN"] if self.token else []),  # act asks at a terminal for an empty one
        ]  # fmt: skip
        env = {
            **_clean(),
            "HOME": str(work),
            "PROMETHEUS_BEARER_TOKEN": SECRET,
            "PROMETHEUS_READ_TOKEN": SECRET,
        }
        env |= {"PROMOTER_PRIVATE_KEY": "not a key", "GITHUB_TOKEN": self.token}
        passed = self._passed(work, ref)
        words += [f"--env={name}={value}" for name, value in passed.items()]
        done = subprocess.run(
            words, cwd=tree, env=env, capture_output=True, text=True, check=False, timeout=500
        )
        return Ran(code=done.returncode, log=done.stdout + done.stderr, artifacts=work / "artifacts")

    def _tree(self, work: Path, ref: str) -> Path:
        """What act reads the workflow from: the same commit that the run checks out."""
        tree = work / "tree"
        tree.mkdir(parents=True)
        git(tree, "init", "--quiet", "--initial-branch=main")
        git(tree, "fetch", "--quiet", str(self.origin), ref)
        git(tree, "checkout", "--quiet", "-B", "main", "FETCH_HEAD")
        git(tree, "remote", "add", "origin", f"https://github.com/{self.repository}.git")
        return tree

    def _actions(self, tree: Path) -> dict[str, Path]:
        """The action behind every `uses:` of the workflows and the composite action."""
        files = [*(tree / ".github" / "workflows").iterdir(), ROOT / "action.yml"]
        found = {}
        for file in files:
            for name, commit in _USES.findall(file.read_text(encoding="utf-8")):
                stand_in = STANDINS / name.split("/")[1]
                found[f"{name}@{commit}"] = stand_in if stand_in.is_dir() else self.shipped()
        return found

    def shipped(self) -> Path:
        """promoter's own repository, as another repository's workflow gets it."""
        place = self.place / "promoter-repository"
        if not place.exists():
            ship(place)
        return place

    def _passed(self, work: Path, ref: str) -> dict[str, str]:
        return {
            "RIG_ARTIFACTS": str(work / "artifacts"),
            "RIG_ORIGIN": str(self.origin),
            "RIG_PYTHON": sys.executable,
            "RIG_REF": ref,
            "RIG_ROOT": str(ROOT),
            "RIG_TOKEN": TOKEN,
            "PROMOTER_FORGE": "local",  # no GitHub here: proposals are branches of the run's own clone
            **self.environ,
        }


def ship(place: Path) -> None:
    """Copy the files of promoter that an action needs."""
    ignore = shutil.ignore_patterns("__pycache__")
    for name in _SHIPPED:
        source, target = ROOT / name, place / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=ignore)
        else:
            shutil.copy2(source, target)


def shipped_files() -> list[str]:
    """The same files by their paths."""
    found = []
    for name in _SHIPPED:
        paths = (ROOT / name).rglob("*") if (ROOT / name).is_dir() else [ROOT / name]
        found += [
            p.relative_to(ROOT).as_posix() for p in paths if p.is_file() and "__pycache__" not in p.parts
        ]
    return sorted(found)


def git(place: Path, *words: str) -> str:
    """A git command there; its output, stripped."""
    done = subprocess.run(
        ["git", *words], cwd=place, env=_clean(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"git {' '.join(words)}: {done.stderr}"
    return done.stdout.strip()


def tool(name: str) -> str:
    """A program of the development tools. In CI its absence is a failure."""
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if found is None:
        absent = f"no {name} here; make .venv/.dev installs it"
        if os.environ.get("CI"):
            pytest.fail(absent)
        pytest.skip(absent)
    return found


def _act(event: str, work: Path) -> Sequence[str]:
    return (
        tool("act"), event, "--actor=ada",
        "--platform=ubuntu-latest=-self-hosted",
        "--action-offline-mode",
        "--no-skip-checkout",
        "--no-cache-server",
        f"--action-cache-path={work / 'cache'}",
        f"--eventpath={work / 'event.json'}",
        "--secret=PROMETHEUS_BEARER_TOKEN", "--secret=PROMETHEUS_READ_TOKEN", "--secret=PROMOTER_PRIVATE_KEY",
    )  # fmt: skip


def _clean() -> dict[str, str]:
    """The environment without what would speak for another repository, run or Prometheus."""
    loud = ("GITHUB_", "GIT_", "PROMETHEUS_", "PROMOTER_", "RUNNER_", "ACT")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(loud)}
    return {**kept, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "NO_COLOR": "1"}
