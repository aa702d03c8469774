"""A team's repository on the fake GitHub for the end-to-end tests: `promoter ... --forge github` in fresh checkouts."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.e2e.policies import DEPLOYMENT, MANIFEST, NAME, POLICY, a_deployment, a_manifest, a_policy
from tests.e2e.project import Project, Ran, finish, minute, rfc3339
from tests.fakes.github.hub import Hub
from tests.fakes.github.server import GitHub
from tests.fakes.github.site import Site, a_site


@dataclass
class GitHubProject:
    """The site and the command line over it: every run in a checkout of its own making, as in a workflow."""

    site: Site
    home: Path
    prometheus: str
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def hub(self) -> Hub:
        return self.site.hub

    @property
    def github(self) -> GitHub:
        return self.site.github

    def begin(self, *words: str, at: datetime, place: str = "clone", **environ: str) -> subprocess.Popen[str]:
        """`promoter ... --forge github --at ...` in a fresh checkout; not waited for."""
        self.site.at = at
        clone = self.site.checkout(place)
        kept = Project(clone, self.home, self.prometheus).env(None)
        known = {"PROMETHEUS_URL": self.prometheus, **self.site.environ(), **self.environ, **environ}
        return subprocess.Popen(
            [sys.executable, "-m", "promoter", *words, "--forge", "github", "--at", rfc3339(at)],
            cwd=clone,
            env={**kept, **known},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def promoter(self, *words: str, at: datetime, **environ: str) -> Ran:
        return finish(self.begin(*words, at=at, **environ))

    def run(self, at: datetime, *words: str, **environ: str) -> Ran:
        """One tick."""
        ran = self.promoter("run", "--output", "json", *words, at=at, **environ)
        assert ran.code == 0, ran.err
        return ran

    def plan(self, at: datetime, **environ: str) -> Ran:
        return self.promoter("plan", "--output", "json", at=at, **environ)

    def resume(self, at: datetime) -> Ran:
        return self.promoter("resume", NAME, "--reason", "looked at it", at=at)

    def weight(self, branch: str | None = None) -> int:
        """Gray's weight at a branch's head."""
        lines = self.site.text(MANIFEST, branch).splitlines()
        (found,) = (lines[i + 1] for i, line in enumerate(lines) if "subset: v9-gray" in line)
        return int(found.split("weight:")[1].split("#")[0])

    def set_weight(self, percent: int, at: datetime, by: str = "grace") -> str:
        """A human sets the weight by hand, on base."""
        self.site.at = at
        return self.site.commit({MANIFEST: a_manifest(percent).encode()}, f"gray to {percent} %", by=by)


@contextmanager
def github_project(
    place: Path,
    prometheus: str,
    *,
    scenario: str = "healthy",
    weights: Sequence[tuple[float, int]] = ((-20, 1), (0, 5)),
    policy: str | None = None,
    files: Mapping[str, str] | None = None,
    prefix: str = "",
) -> Iterator[GitHubProject]:
    """The repository as it is at the last of `weights` (minutes after T0, percent of gray)."""
    (first, percent), *rest = weights
    everything: dict[str, bytes | str] = {
        MANIFEST: a_manifest(percent),
        POLICY: a_policy(scenario) if policy is None else policy,
        DEPLOYMENT: a_deployment("v9.0"),
        "README.md": "A team's deployment.\n",
        **(files or {}),
    }
    place.mkdir(parents=True, exist_ok=True)
    home = place / "home"
    home.mkdir()
    (home / "gitconfig").write_text("", encoding="utf-8")
    with a_site(place, everything, at=minute(first), prefix=prefix) as site:
        site.http = True
        project = GitHubProject(site, home, prometheus)
        for when, share in rest:
            project.set_weight(share, minute(when))
        yield project


def an_apps_key() -> tuple[str, str]:
    """An App's private key and its public one, as PEM."""
    key = rsa.generate_private_key(65537, 2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public.decode()
