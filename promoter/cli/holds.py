"""What `pause`, `resume` and `rollback` share: which rollout, who asks, and why."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from promoter.cli.options import options
from promoter.cli.secrets import without_secrets
from promoter.errors import PromoterError, SettingsError

if TYPE_CHECKING:
    from promoter.human import Request
    from promoter.metrics.protocol import Metrics
    from promoter.observe import Observed
    from promoter.world import World

reason_option = click.option("--reason", required=True, help="Why, for those who read it later.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One rollout, observed, and the request about it."""

    world: World
    found: tuple[Observed, ...]
    request: Request


def ask(reason: str, *, metrics: bool = False, **given: Any) -> Asked:
    """Observe the one named rollout. Raises for none, several, unknown or unusable ones.

    `metrics`: Prometheus may be asked afterwards; it is looked for only then.
    """
    from promoter.core.situation import Unusable  # noqa: PLC0415
    from promoter.human import Request  # noqa: PLC0415
    from promoter.tick import Tick, look  # noqa: PLC0415
    from promoter.wire import no_metrics, open_policies, open_world, prometheus  # noqa: PLC0415

    chosen = options(**given)
    if len(chosen.names) != 1:
        raise SettingsError("name the one rollout this is about")
    if not reason.strip():
        raise SettingsError("--reason is empty", hint="say why, for those who read it later")

    def later(tenant: str | None) -> Metrics:
        return prometheus(chosen, os.environ).with_tenant(tenant)

    world = open_world(chosen, later if metrics else no_metrics, acting=True)
    policies = open_policies(world, chosen, acting=True)
    found = look(world, Tick(policies=policies, at=chosen.at, names=chosen.names))
    observed = tuple(item for item in found if not isinstance(item, Unusable))
    if len(observed) < len(found) or not observed:
        problems = [problem for item in found if isinstance(item, Unusable) for problem in item.problems]
        raise PromoterError("\n".join(problems) or f"{chosen.names[0]} has no candidate")
    # A reason is kept for ever, so a token pasted by mistake must not be in it.
    why = without_secrets(reason.strip())
    by = world.human or world.repo.user_identity()
    request = Request(by=by, reason=why, at=chosen.at)
    return Asked(world=world, found=observed, request=request)
