"""A team's repository for the end-to-end tests: manifest, policy, dated commits, and the command line over it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.e2e.policies import DEPLOYMENT, MANIFEST, NAME, POLICY, a_deployment, a_manifest, a_policy

T0 = datetime(2026, 1, 7, 8, 0, tzinfo=UTC)  # a Wednesday
ADA = ("Ada", "ada@example.com")


def minute(minutes: float) -> datetime:
    """So many minutes after the 5 % came to base."""
    return T0 + timedelta(minutes=minutes)


def rfc3339(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """One run of the command line."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """What `--output json` printed."""
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found

    @property
    def rollout(self) -> dict[str, Any]:
        """The only rollout of the JSON document."""
        (found,) = self.document["rollouts"]
        assert isinstance(found, dict)
        return found

    @property
    def decision(self) -> str:
        return str(self.rollout["decision"])

    @property
    def did(self) -> list[str]:
        """What `run` did, in order."""
        return [outcome["did"] for outcome in self.rollout["outcome"]]

    def check(self, name: str) -> dict[str, Any]:
        """One check's verdict."""
        (found,) = (check for check in self.rollout["checks"] if check["name"] == name)
        assert isinstance(found, dict)
        return found


@dataclass(slots=True)
class Project:
    """A repository with `main` checked out. `history` is what a human committed before the test begins."""

    root: Path
    home: Path
    prometheus: str | None
    environ: dict[str, str] = field(default_factory=dict)

    @classmethod
    def create(
        cls,
        place: Path,
        *,
        scenario: str = "healthy",
        prometheus: str | None = None,
        weights: Sequence[tuple[float, int]] = ((-20, 1), (0, 5)),
        policy: str | None = None,
        files: Mapping[str, str] | None = None,
    ) -> Project:
        """The repository as it is at the last of `weights` (minutes after T0, percent of gray)."""
        project = cls(root=place / "repo", home=place / "home", prometheus=prometheus)
        project.root.mkdir(parents=True)
        project.home.mkdir()
        project.write_config()
        project.git("init", "--quiet", "--initial-branch=main", ".")
        (first, percent), *rest = weights
        everything = {
            MANIFEST: a_manifest(percent),
            POLICY: a_policy(scenario) if policy is None else policy,
            DEPLOYMENT: a_deployment("v9.0"),
            "README.md": "A team's deployment.\n",
            **(files or {}),
        }
        project.commit(everything, "start", at=minute(first))
        for when, share in rest:
            project.set_weight(share, at=minute(when))
        return project

    def write_config(self) -> None:
        """The user's git identity, and nothing of this machine's."""
        name, email = ADA
        (self.home / "gitconfig").write_text(
            f"[user]\n\tname = {name}\n\temail = {email}\n", encoding="utf-8"
        )

    def env(self, at: datetime | None = None, **extra: str) -> dict[str, str]:
        """An environment without anything of the one that the tests run in."""
        kept = {key: os.environ[key] for key in ("PATH", "LANG", "TMPDIR") if key in os.environ}
        git = {"GIT_CONFIG_GLOBAL": str(self.home / "gitconfig"), "GIT_CONFIG_NOSYSTEM": "1"}
        dates = {"GIT_AUTHOR_DATE": rfc3339(at), "GIT_COMMITTER_DATE": rfc3339(at)} if at else {}
        return {**kept, **git, **dates, "HOME": str(self.home), **extra}

    # Git, as a human uses it

    def git(self, *words: str, at: datetime | None = None, stdin: str | None = None) -> str:
        """A git command in the work tree; its output, stripped."""
        done = subprocess.run(
            ["git", *words],
            cwd=self.root,
            env=self.env(at),
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"git {' '.join(words)}: {done.stderr}"
        return done.stdout.strip()

    def commit(self, files: Mapping[str, str | None], message: str, *, at: datetime) -> str:
        """Write (or remove) these files and commit them to the branch that is checked out."""
        for name, text in files.items():
            file = self.root / name
            if text is None:
                file.unlink()
                continue
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text.encode())
        self.git("add", "--", *files)
        self.git("commit", "--quiet", "-m", message, at=at)
        return self.head()

    def set_weight(self, percent: int, *, at: datetime, message: str = "") -> str:
        """A human sets the weight by hand, on base."""
        return self.commit({MANIFEST: a_manifest(percent)}, message or f"gray to {percent} %", at=at)

    def merge(self, branch: str, *, at: datetime) -> str:
        """A human merges a proposal with plain git."""
        self.git("merge", "--quiet", "--no-ff", "-m", f"Merge {branch}", branch, at=at)
        return self.head()

    def head(self, ref: str = "main") -> str:
        return self.git("rev-parse", ref)

    def weight(self, ref: str = "main") -> int:
        """Gray's weight in the manifest at a commit."""
        lines = self.git("show", f"{ref}:{MANIFEST}").splitlines()
        (found,) = (lines[i + 1] for i, line in enumerate(lines) if "subset: v9-gray" in line)
        return int(found.split("weight:")[1].split("#")[0])

    def branches(self, pattern: str = "promoter/") -> list[str]:
        """The proposals' branches."""
        return self.git("for-each-ref", "--format=%(refname:short)", f"refs/heads/{pattern}").splitlines()

    def proposal(self, word: str) -> str:
        """The one proposal branch with this in its name."""
        (found,) = (branch for branch in self.branches() if word in branch)
        return found

    def changed(self, old: str, new: str) -> str:
        """What differs between two commits, without context."""
        return self.git("diff", "-U0", old, new)

    def state(self) -> dict[str, str]:
        """Every ref, HEAD, the status and every byte of the work tree: equal means nothing was written."""
        refs = self.git("for-each-ref", "--format=%(refname) %(objectname) %(symref)")
        tree = {
            str(path.relative_to(self.root)): path.read_bytes().hex()
            for path in sorted(self.root.rglob("*"))
            if path.is_file() and ".git" not in path.relative_to(self.root).parts
        }
        head = (self.root / ".git" / "HEAD").read_text() if (self.root / ".git").is_dir() else ""
        return {"refs": refs, "head": head, "status": self.git("status", "--porcelain"), **tree}

    # The command line

    def promoter(self, *words: str, at: datetime | None = None, **environ: str) -> Ran:
        """`promoter ...` in the work tree."""
        return finish(self.begin(*words, at=at, **environ))

    def begin(self, *words: str, at: datetime | None = None, **environ: str) -> subprocess.Popen[str]:
        """The same, not waited for."""
        known = {"PROMETHEUS_URL": self.prometheus} if self.prometheus else {}
        moment = ["--at", rfc3339(at)] if at else []
        return subprocess.Popen(
            [sys.executable, "-m", "promoter", *words, *moment],
            cwd=self.root,
            env=self.env(None, **{**known, **self.environ, **environ}),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def plan(self, at: datetime, *words: str, **environ: str) -> Ran:
        return self.promoter("plan", "--output", "json", *words, at=at, **environ)

    def run(self, at: datetime, *words: str, **environ: str) -> Ran:
        return self.promoter("run", "--output", "json", *words, at=at, **environ)

    def resume(self, at: datetime, reason: str = "looked at it") -> Ran:
        return self.promoter("resume", NAME, "--reason", reason, at=at)


def finish(process: subprocess.Popen[str]) -> Ran:
    """Wait for a command. None of them may ever show a traceback."""
    out, err = process.communicate(timeout=120)
    assert "Traceback" not in out + err, err
    return Ran(code=process.returncode, out=out, err=err)
