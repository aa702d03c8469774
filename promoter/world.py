"""What a tick acts in: the repository pinned at base's head, the forge, and Prometheus by tenant."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from promoter.forge.protocol import Forge
from promoter.metrics.protocol import Metrics
from promoter.repo.base import BaseRef, Repository


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The adapters of one tick. `environ` is read only for what a policy names in `notify`.

    `human` is who is at work, where the forge knows it ("" where only git does).
    """

    repo: Repository
    base: BaseRef
    forge: Forge
    metrics: Callable[[str | None], Metrics]
    environ: Mapping[str, str]
    notes: tuple[str, ...] = ()
    human: str = ""
