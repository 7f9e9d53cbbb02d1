"""`fmops rollout`: deploy the foundation in waves."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from fmops import rollout, target
from fmops.board import Board
from fmops.problem import Problem
from fmops.waves import Wave, waves


@click.command(
    epilog="""\b
Examples:
  fmops rollout                                          shared accounts first, production last
  fmops rollout --wave dev,preprod,prod --pause-between
  fmops rollout --wave retail-dev -y --target aws"""
)
@click.option(
    "--wave",
    "wanted",
    metavar="NAME,…",
    help="Waves in their order: shared, an account type (dev), or an environment (retail-dev). By default all.",
)
@click.option("--pause-between", is_flag=True, help="Ask before each wave after the first.")
@click.option("-y", "--yes", is_flag=True, help="Begin without asking.")
@click.option("--foundation", "path", default="foundation.yaml", show_default=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="For machines: what was deployed, by wave.")
@target.option
def command(
    wanted: str | None, pause_between: bool, yes: bool, path: Path, as_json: bool, **options: str | None
) -> None:
    """Bootstraps and deploys environments wave by wave with the real CDK CLI. The same command again goes on."""
    foundation = rollout.load(path)
    chosen = waves(foundation, [name.strip() for name in wanted.split(",")] if wanted else ())
    aws = target.choose(options["target"], foundation.regions.home)
    if not yes:
        ask(plan(chosen, aws.name), "Say -y to begin without being asked.")
    environments = [environment for wave in chosen for environment in wave.environments]
    run = rollout.Rollout(aws, foundation, path)
    board = Board(quiet=as_json)
    with board.step("synth") as step:
        step.note = run.synth()
    with board.step("bootstrap") as step:
        made = run.bootstrap(environments, step.progress)
        step.note = f"{made} accounts" if made else "already there"
    stacks: dict[str, int] = {}
    for wave in chosen:
        if pause_between and stacks:
            ask(f"Wave {wave.name} is next. Go on?", "Leave out --pause-between where nobody can answer.")
        with board.step(f"wave {wave.name}") as step:
            stacks[wave.name] = run.deploy(wave.patterns, step.progress)
            step.note = f"{', '.join(e.name for e in wave.environments)} · {stacks[wave.name]} stacks"
    run.complete(environments)
    if as_json:
        click.echo(json.dumps({"target": aws.name, "stacks": stacks}, indent=2))


def plan(chosen: Sequence[Wave], where: str) -> str:
    """The question before the first wave."""
    lines = [f"  {wave.name:<16} {', '.join(e.name for e in wave.environments)}" for wave in chosen]
    return "\n".join(["Waves:", *lines, f"Deploy them to {where}?"])


def ask(question: str, remedy: str) -> None:
    """Goes on when the person says yes; at a terminal, a no ends the run like an interruption.

    Raises:
        Problem: no terminal, and nobody said yes.
    """
    try:
        click.confirm(question, abort=True, err=True)
    except click.Abort:
        if sys.stdin.isatty():
            raise
        raise Problem("Nobody said yes.", remedy) from None
