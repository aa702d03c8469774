"""`promoter weights FILE`: show a file's weighted routes, or set weights in place. Offline."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from promoter.errors import ManifestError, SettingsError, Where

if TYPE_CHECKING:
    from promoter.core.route import RouteRef
    from promoter.manifest.routes import FoundRoute

_WEIGHT = re.compile(r"[0-9]{1,10}")  # as many digits as an int32 has


@click.command("weights")
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("settings", nargs=-1, metavar="[DEST=WEIGHT]...")
@click.option("--kind", type=click.Choice(["VirtualService", "HTTPRoute"]), help="Where a file has both.")
@click.option("--name", help="The resource's name.")
@click.option("--namespace", help="The resource's namespace.")
@click.option("--route", help="http[0], tcp[0], tls[0], rules[0], or an http route's name.")
@click.option("--diff", "diff_only", is_flag=True, help="Show the change, write nothing.")
@click.option("--output", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(
    file: Path, settings: tuple[str, ...], *, diff_only: bool, output: str, **narrow: str | None
) -> None:
    """Show the weighted routes of FILE, or set weights in place. No other byte of the file changes."""
    from promoter.manifest.routes import find_routes  # noqa: PLC0415 - heavy imports where they are used
    from promoter.yaml_source import YamlSource  # noqa: PLC0415

    data = _read(file)
    everything = find_routes(YamlSource.decode(str(file), data))
    found = [route for route in everything if _wanted(route, narrow)]
    if not settings:
        click.echo(_json(found) if output == "json" else _text(found))
        return
    route = _the_one(file, found)
    new = _edited(file, data, route, settings)
    from promoter.report.diff import unified_diff  # noqa: PLC0415

    if diff_only:
        click.echo(unified_diff(str(file), data, new), nl=False)
    elif new != data:
        _replace(file, new)
    if not diff_only and output == "json":
        again = find_routes(YamlSource.decode(str(file), new))
        click.echo(_json([again[everything.index(route)]]))


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise SettingsError(f"cannot read {file}: {error.strerror}") from error


def _wanted(route: FoundRoute, narrow: dict[str, str | None]) -> bool:
    """Whether the route is one of those that the options name."""
    kind, name, namespace, label = (narrow[key] for key in ("kind", "name", "namespace", "route"))
    return (
        (kind is None or route.kind == kind)
        and (name is None or route.name == name)
        and (namespace is None or route.namespace == namespace)
        and (label is None or label in (route.label, route.title))
    )


def _the_one(file: Path, found: list[FoundRoute]) -> FoundRoute:
    if len(found) != 1:
        here = ", ".join(f"{route.kind} {route.name} {route.label}" for route in found) or "none"
        hint = f"here: {here}; say which with --kind, --name, --namespace, --route"
        raise ManifestError(f"{len(found) or 'no'} weighted routes match", where=Where(str(file)), hint=hint)
    return found[0]


def _edited(file: Path, data: bytes, route: FoundRoute, settings: tuple[str, ...]) -> bytes:
    from promoter.manifest.edit import edit_weights  # noqa: PLC0415
    from promoter.manifest.locate import locate_route  # noqa: PLC0415

    located = locate_route(str(file), data, _ref(file, route))
    new: dict[str, int] = {}
    for setting in settings:
        dest, equals, weight = setting.rpartition("=")
        if not dest or not equals or not _WEIGHT.fullmatch(weight):
            raise SettingsError(f"{setting[:80]!r} is no DEST=WEIGHT", hint="write it like v9-gray=5")
        resolved = located.resolve(dest)
        if resolved in new:
            raise SettingsError(f"{resolved} is set twice")
        new[resolved] = int(weight)
    before, after = located.split.total, sum({**dict(located.split.weights), **new}.values())
    if before != after:
        hint = "name every destination whose weight changes"
        raise SettingsError(f"the weights would sum to {after}, and sum to {before} now", hint=hint)
    return edit_weights(located, new)


def _ref(file: Path, route: FoundRoute) -> RouteRef:
    from promoter.core.route import RouteRef  # noqa: PLC0415

    return RouteRef(
        file=str(file), kind=route.kind, name=route.name, namespace=route.namespace, http=route.label
    )


def _replace(file: Path, data: bytes) -> None:
    """Write through a temporary file beside it, with the same mode: a reader sees the old file or the new one."""
    target = file.resolve()
    temporary: Path | None = None
    try:
        mode = target.stat().st_mode
        with tempfile.NamedTemporaryFile(
            dir=target.parent, prefix=f".{target.name}.", delete=False
        ) as beside:
            temporary = Path(beside.name)
            beside.write(data)
        temporary.chmod(mode & 0o7777)
        temporary.replace(target)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise SettingsError(f"cannot write {file}: {error.strerror}") from error


def _json(found: list[FoundRoute]) -> str:
    routes: list[dict[str, Any]] = []
    for route in found:
        one: dict[str, Any] = {
            "document": route.document,
            "kind": route.kind,
            "name": route.name,
            "namespace": route.namespace,
            "route": route.label,
            "destinations": [{"dest": d.dest, "weight": d.weight} for d in route.destinations],
        }
        if route.refused:
            one["refused"] = str(route.refused)
        routes.append(one)
    return json.dumps({"version": 1, "routes": routes}, indent=2, ensure_ascii=False)


def _text(found: list[FoundRoute]) -> str:
    from promoter.report.numbers import one_line  # noqa: PLC0415

    lines = []
    for route in found:
        place = f"{route.kind} {route.name}" + (f" in {route.namespace}" if route.namespace else "")
        lines.append(one_line(f"{place} {route.label}" + (f" ({route.title})" if route.title else "")))
        names = [one_line(destination.dest) for destination in route.destinations]
        width = max(map(len, names), default=0)
        weights = [destination.weight for destination in route.destinations]
        lines += [f"    {name:<{width}}  {weight}" for name, weight in zip(names, weights, strict=True)]
        if route.refused:
            lines.append(f"    must not be edited: {one_line(str(route.refused), 500)}")
    return "\n".join(lines or ["no weighted routes"])
