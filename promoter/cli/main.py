"""The command group: commands are imported when they run, so that `--help` is instant."""

from __future__ import annotations

import importlib
import io
import os
import sys
import traceback

import click

from promoter import __version__
from promoter.errors import ExitCode, PromoterError

# name -> (module, one line for --help): help is shown without importing a single command.
COMMANDS: dict[str, tuple[str, str]] = {
    "plan": ("plan", "What a tick would decide and change, with the evidence. Changes nothing."),
    "run": ("run", "One tick: judge, decide, open or merge proposals. --watch keeps ticking."),
    "status": ("status", "Where each rollout stands, since when, its holds and proposals."),
    "history": ("history", "A rollout's timeline: promotions, freezes, resumes, rollbacks."),
    "pause": ("pause", "Stop promotions of a rollout until a human resumes."),
    "resume": ("resume", "Lift a rollout's holds; the evidence starts anew."),
    "rollback": ("rollback", "A proposal back to 0 %, or one step back; --now merges it."),
    "introduce": ("introduce", "Propose another image as the candidate, at the first step."),
    "finish": ("finish", "Propose a release that is done as stable; the weight returns to 0."),
    "drill": ("drill", "Rehearse a pause or a rollback, and time each leg."),
    "weights": ("weights", "Show or set the weights of a manifest's routes. Offline."),
    "lint": ("lint", "Check policies, manifests and PromQL. Offline."),
    "init": ("init", "Write a first policy for a manifest's route."),
    "schema": ("schema", "Print the policy's JSON Schema."),
    "demo": ("demo", "The whole loop on this machine, nothing to configure."),
}


class LazyGroup(click.Group):
    """A group that imports a command's module only when the command is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order a reader meets them."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name; for the group's own help a stand-in that knows its one line."""
        if cmd_name not in COMMANDS:
            return None
        module, line = COMMANDS[cmd_name]
        if ctx.info_name != cmd_name and ctx.resilient_parsing:
            return click.Command(cmd_name, short_help=line)
        command = importlib.import_module(f"promoter.cli.{module}").command
        if not isinstance(command, click.Command):
            raise TypeError(f"promoter.cli.{module}.command is no click command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table of commands, from the one list above."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 fine; 1 an error, said in one line; 2 usage; with plan --exit-code also "
    "3 a promotion is due, 4 frozen or held, 5 waiting.",
)
@click.version_option(__version__, prog_name="promoter")
def cli() -> None:
    """Raise a canary's traffic weight in Git, step by step, on proven health.

    On an anomaly promoter freezes, keeps the evidence, prepares the revert, and a human decides.
    """


def main() -> None:
    """The console script: the one place where errors become words and exit codes."""
    try:
        code = cli.main(prog_name="promoter", standalone_mode=False)
    except PromoterError as error:
        for line in _without_secrets(str(error)).splitlines():
            click.echo(f"error: {line}", err=True)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        told = io.StringIO()
        error.show(told)
        click.echo(_without_secrets(told.getvalue()), err=True, nl=False)
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped", err=True)
        sys.exit(130)
    except BrokenPipeError:
        # The reader (head, less) went away; without this Python complains at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(ExitCode.OK)
    except Exception:  # noqa: BLE001 - a bug: told whole, but for the secrets that may be in it
        click.echo(_without_secrets(traceback.format_exc()), err=True, nl=False)
        click.echo("error: this is a bug in promoter: please report it with the lines above", err=True)
        sys.exit(ExitCode.ERROR)
    sys.exit(code if isinstance(code, int) else ExitCode.OK)


def _without_secrets(text: str) -> str:
    from promoter.cli.secrets import without_secrets  # noqa: PLC0415 - only where something went wrong

    return without_secrets(text)
