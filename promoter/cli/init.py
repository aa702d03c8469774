"""`promoter init MANIFEST`: read a manifest, write a first policy for its weighted route, and the workflows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from promoter.cli.workflows import safe_action, write_workflows
from promoter.errors import ManifestError, SettingsError, Where

if TYPE_CHECKING:
    from promoter.manifest.routes import FoundRoute


@click.command("init")
@click.argument("manifest", type=click.Path(path_type=Path))
@click.option(
    "--repo", default=".", show_default=True, type=click.Path(path_type=Path), help="The repository."
)
@click.option("--policies", default="policies", show_default=True, help="Directory of the policies.")
@click.option(
    "--route", default=None, help="Which route, where the manifest has several: http[0] or its name."
)
@click.option("--workflow/--no-workflow", default=True, help="GitHub Actions workflows, too.  [default: yes]")
@click.option("--action", metavar="OWNER/REPO@COMMIT", help="Where the workflows get promoter itself from.")
def command(
    *, manifest: Path, repo: Path, policies: str, route: str | None, workflow: bool, action: str | None
) -> None:
    """Read a manifest and write a first policy for its weighted route, and the workflows. Overwrites nothing."""
    from promoter.manifest.routes import find_routes  # noqa: PLC0415 - heavy imports where they are used
    from promoter.policy.first import first_policy, rollout_name  # noqa: PLC0415
    from promoter.policy.read import read_policy  # noqa: PLC0415
    from promoter.yaml_source import YamlSource  # noqa: PLC0415

    safe_action(action)
    path = _inside(repo, manifest)
    try:
        source = YamlSource.decode(path, (repo / path).read_bytes())
    except OSError as error:
        raise SettingsError(f"cannot read {path}: {error.strerror}") from error
    found = _the_one(path, find_routes(source), route)
    stable, candidate = sorted(found.destinations, key=lambda destination: -destination.weight)
    name = rollout_name(found.name)
    target = Path(policies) / f"{name}.yaml"
    text = first_policy(
        name=name, file=path, kind=found.kind, resource=found.name, namespace=found.namespace,
        route=found.label if route else None, stable=stable.dest, candidate=candidate.dest,
    )  # fmt: skip
    read_policy(target.as_posix(), text.encode())  # what is written here must be readable here
    _write(repo / target, text)
    click.echo(f"wrote {target.as_posix()}: {candidate.dest} beside {stable.dest}")
    if workflow:
        _workflows(repo, policies, action)
    click.echo("next: edit its checks, promoter lint, then promoter plan with PROMETHEUS_URL set", err=True)


def _workflows(repo: Path, policies: str, action: str | None) -> None:
    written, open_ended = write_workflows(repo, policies=policies, action=action)
    for name in written:
        click.echo(f"wrote {name}")
    if open_ended:
        told = (
            "next: put promoter's own repository and commit into the workflows, in place of OWNER/promoter@0…"
        )
        click.echo(told, err=True)


def _inside(repo: Path, manifest: Path) -> str:
    """The manifest's path relative to the repository."""
    for file in (manifest, repo / manifest):
        if file.is_file() and file.resolve().is_relative_to(repo.resolve()):
            return file.resolve().relative_to(repo.resolve()).as_posix()
    raise SettingsError(f"there is no file {manifest} in {repo}")


def _the_one(path: str, found: tuple[FoundRoute, ...], wanted: str | None) -> FoundRoute:
    """The route to write a policy for. Raises ManifestError for none, several or refused ones."""
    matching = [route for route in found if wanted is None or wanted in (route.label, route.title)]
    here = ", ".join(f"{route.kind} {route.name} {route.label}" for route in found) or "none"
    if len(matching) != 1:
        hint = f"weighted routes here: {here}" + ("; name one with --route" if found else "")
        raise ManifestError(f"{len(matching) or 'no'} weighted routes match", where=Where(path), hint=hint)
    if matching[0].refused:
        raise matching[0].refused
    if len(matching[0].destinations) != 2:  # noqa: PLR2004 - stable and candidate
        hint = "write its policy by hand: docs/reference/policy.md"
        raise ManifestError("the route does not have two destinations", where=Where(path), hint=hint)
    return matching[0]


def _write(target: Path, text: str) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise SettingsError(f"{target} exists already", hint="edit it, or move it away first") from error
    except OSError as error:
        raise SettingsError(f"cannot write {target}: {error.strerror}") from error
