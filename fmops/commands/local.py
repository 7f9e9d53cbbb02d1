"""`fmops local`: the embedded AWS on this machine."""

import json
from pathlib import Path

import click

from fmops.board import Board
from fmops.problem import FAILED, Problem
from fmops.target import STATE, Target

PORT = 4566


@click.group()
def command() -> None:
    """The embedded AWS: real CloudFormation semantics, jobs that run, IAM enforced; bound to 127.0.0.1 only."""


@command.command(epilog="Example: fmops local up --port 4570")
@click.option("--port", default=PORT, show_default=True, type=click.IntRange(1024, 65535))
@click.option("--enforce-iam/--no-enforce-iam", default=True, show_default=True, help="Evaluate policies as AWS does.")
def up(port: int, enforce_iam: bool) -> None:
    """Starts it, with the accounts of foundation.yaml; the state of the last run is kept."""
    target = start(port=port, enforce_iam=enforce_iam)
    click.echo(f"{target.endpoint}  (AWS_ENDPOINT_URL; any command of fmops finds it by itself)")


@command.command(epilog='Example: fmops local deploy "retail-dev/*"')
@click.argument("patterns", nargs=-1)
@click.option("--foundation", "path", default="foundation.yaml", show_default=True, type=click.Path(path_type=Path))
def deploy(patterns: tuple[str, ...], path: Path) -> None:
    """Bootstraps the accounts and deploys PATTERNS (all stacks by default) with the real CDK CLI."""
    from fmops import rollout
    from fmops.target import choose

    foundation = rollout.load(path)
    target = choose("embedded", foundation.regions.home)
    rollout.roll_out(target, foundation, path, Board(), patterns=patterns or ("**",))


@command.command()
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def status(as_json: bool) -> None:
    """Says what runs, and which backend made each resource type in use."""
    from fmops.local import control

    running = control.status(STATE)
    if running is None:
        raise Problem("The embedded AWS isn't running.", "Start it: fmops local up", FAILED)
    facts = control.describe(running)
    if as_json:
        click.echo(json.dumps(facts, indent=2, sort_keys=True))
        return
    click.echo(f"{running.url}  pid {running.pid}  IAM {'enforced' if facts['iam_enforced'] else 'not enforced'}")
    click.echo(f"{len(facts['accounts'])} accounts, {facts['stacks']} stacks\n")
    width = max((len(name) for name in facts["types"]), default=10)
    for name, entry in sorted(facts["types"].items()):
        click.echo(f"  {name:<{width}}  {entry['backend']:<10} {entry['resources']:>5}")


@command.command()
def down() -> None:
    """Stops it in good order; its state is kept."""
    from fmops.local import control

    click.echo("Stopped; its state is kept." if control.stop(STATE) else "It wasn't running.")


@command.command()
@click.confirmation_option("--yes", prompt="Every account, stack and model of the embedded AWS goes. Go on?")
def reset() -> None:
    """Stops it and forgets everything."""
    from fmops.local import control

    try:
        control.reset(STATE)
    except control.ControlError as error:
        raise Problem(str(error), "Nothing was removed.", FAILED) from error
    click.echo("The embedded AWS is empty.")


def start(*, port: int = PORT, enforce_iam: bool = True, path: Path = Path("foundation.yaml")) -> Target:
    """Starts the embedded AWS with the organisation of a foundation file, or finds the one that runs."""
    from fmops import rollout
    from fmops.local import control

    foundation = rollout.load(path)
    try:
        running = control.start(
            port=port, state=STATE, organization=rollout.organization(foundation), enforce_iam=enforce_iam
        )
    except RuntimeError as error:
        raise Problem(str(error), "Use another port (--port), or end what uses it.", FAILED) from error
    return Target("the embedded AWS", foundation.regions.home, running.url)
