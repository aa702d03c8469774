"""`promoter schema`: the policy's JSON Schema."""

from __future__ import annotations

import click


@click.command("schema")
def command() -> None:
    """Print the JSON Schema of a policy, for editors and CI."""
    from promoter.policy.schema import schema_text  # noqa: PLC0415 - pydantic is imported where it is used

    click.echo(schema_text(), nl=False)
