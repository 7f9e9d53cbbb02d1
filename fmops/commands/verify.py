"""`fmops verify`: proves what templates promise, ours or a stranger's, offline."""

from collections.abc import Sequence
from pathlib import Path

import click

from fmops.problem import FOUND, Problem
from fmops.verify import report, verify
from fmops.verify.templates import UnreadableError, read
from fmops.verify.values import World

EXAMPLES = """\b
Examples:
  fmops verify                                      what `make synth` wrote
  fmops verify template.yaml stacks/                single templates and folders
  fmops verify build/cdk.out --format sarif > verify.sarif"""


@click.command(epilog=EXAMPLES)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--format", "form", default="text", show_default=True, type=click.Choice(list(report.FORMS)))
@click.option("--json", "form", flag_value="json", help="The same as --format json.")
def command(paths: Sequence[Path], form: str) -> None:
    """Verifies templates: cdk.out, or what PATHS name (cloud assemblies, folders, JSON and YAML files).

    Shows each path to or from the internet, hop by hop, and what could not be proven. Exit code 1 if there is any.
    """
    try:
        world = World(read(paths or [Path("cdk.out")]))
    except UnreadableError as error:
        raise Problem(str(error)) from error
    found = sorted(verify(world))
    click.echo(report.FORMS[form](found, world))
    raise SystemExit(FOUND if found else 0)
