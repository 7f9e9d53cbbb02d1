"""The `fmops` command. Each subcommand is a module of `fmops.commands`, imported when it is used."""

import importlib
from collections.abc import Sequence

import click

from fmops.problem import INTERRUPTED, Problem

COMMANDS = {
    "audit": "what a model was made from, and who decided about it, when and why",
    "bootstrap": "prepare accounts for deployments, with rights for what they get and no more",
    "catalog": "list, show and check the templates that start a project",
    "demo": "from nothing to a prediction in production, on the embedded AWS",
    "doctor": "what a deployment would run into on AWS: read, and nothing changed",
    "estimate": "how long AWS would take for a project, or for a business unit's accounts",
    "handoff": "ids that AWS minted: read what is deployed, show and check the lock",
    "launch": "start a new project from a template",
    "local": "the embedded AWS on this machine",
    "nag": "report what cdk-nag found in cdk.out",
    "organization": "policies of the AWS organisation: what holds above every account",
    "project": "the projects that stand: list, follow, open, update, end",
    "rollout": "deploy the foundation in waves",
    "verify": "prove what templates promise: paths, permissions, posture, and what a change does",
}


class Commands(click.Group):
    """Finds a subcommand by its module's name, so that `--help` needs none of their imports."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The subcommands' names."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """The subcommand, imported now."""
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"fmops.commands.{cmd_name}").command
        assert isinstance(command, click.Command)  # noqa: S101 - a module of ours without its command is a bug
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """Lists the subcommands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))


@click.command(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="""\b
Examples:
  fmops demo                                     the whole path, on this machine
  fmops local up && fmops local deploy           the embedded AWS, with every account
  fmops catalog list
  fmops launch ml-train-deploy-realtime --name churn --business-unit retail --as cy""",
)
@click.version_option(package_name="fmops-foundation", prog_name="fmops")
def main_group() -> None:
    """A private foundation for machine learning and generative AI on AWS."""


def main(argv: Sequence[str] | None = None) -> None:
    """The program: errors go to standard error, with an exit code (see `fmops.problem`)."""
    try:
        code = main_group.main(args=None if argv is None else list(argv), prog_name="fmops", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        raise SystemExit(error.exit_code) from None
    except (click.Abort, KeyboardInterrupt):
        click.echo("\nInterrupted. What is done stays done: the next run goes on from there.", err=True)
        raise SystemExit(INTERRUPTED) from None
    except OSError as error:
        problem = Problem(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}", exit_code=3)
        if error.errno == 28:  # ENOSPC
            problem.remedy = "Free some disk space and run it again; nothing is half-done."
        problem.show()
        raise SystemExit(problem.exit_code) from None
    raise SystemExit(code if isinstance(code, int) else 0)
