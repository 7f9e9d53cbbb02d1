"""`fmops local`: the embedded AWS on this machine."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from fmops.board import Board
from fmops.problem import FAILED, Problem
from fmops.target import STATE, Target

PORT = 4566
T = TypeVar("T")


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


@command.group()
def snapshot() -> None:
    """Keeps a deployed organisation under a name, and puts it back in seconds instead of deploying it again."""


SNAPSHOTS = Path("build/snapshots")


@snapshot.command(epilog="Example: fmops local snapshot save deployed")
@click.argument("name")
@click.option("--foundation", "path", default="foundation.yaml", show_default=True, type=click.Path(path_type=Path))
def save(name: str, path: Path) -> None:
    """Keeps the state under NAME. The server is stopped for it, and started again if it ran."""
    from fmops.local import control, snapshots

    ran = control.status(STATE)
    made = _snapshot(lambda: snapshots.save(STATE, SNAPSHOTS, name, _made_of(path), beside()))
    click.echo(f"{SNAPSHOTS / made.name}.tar  {made.size / 1e6:.0f} MB")
    if ran:
        start(port=ran.port, path=path)


@snapshot.command(epilog="Example: fmops local snapshot load deployed")
@click.argument("name")
@click.option("--port", default=PORT, show_default=True, type=click.IntRange(1024, 65535))
@click.option("--foundation", "path", default="foundation.yaml", show_default=True, type=click.Path(path_type=Path))
def load(name: str, port: int, path: Path) -> None:
    """Puts the snapshot NAME in the place of the state, and starts the embedded AWS. What is there now goes."""
    from fmops.local import snapshots

    ran = _snapshot(lambda: snapshots.load(STATE, SNAPSHOTS, name, _made_of(path)))
    click.echo(start(port=ran.port if ran else port, path=path).endpoint)


@snapshot.command("list")
@click.option("--foundation", "path", default="foundation.yaml", show_default=True, type=click.Path(path_type=Path))
def list_(path: Path) -> None:
    """The snapshots of this folder, and whether they may still be put back."""
    from fmops.local import snapshots

    now = _made_of(path)
    for found in snapshots.listed(SNAPSHOTS):
        usable = "usable" if found.made_of == now else "of other code or another foundation: save it again"
        click.echo(f"{found.name:<24} {found.size / 1e6:>6.0f} MB  {usable}")


def beside() -> list[Path]:
    """What belongs to the embedded AWS's state and lies elsewhere: the lock of its minted ids."""
    from fmops import handoff

    return [handoff.EMBEDDED]


def _made_of(path: Path) -> str:
    from fmops import made_of
    from fmops.deployment import ROOT

    if not path.exists():
        raise Problem(f"There is no {path}.", "Go to the folder that has it, or name it with --foundation.")
    return made_of.digest(ROOT, [path])


def _snapshot(act: Callable[[], T]) -> T:
    from fmops.local import control

    try:
        return act()
    except control.ControlError as error:
        raise Problem(str(error), "See what there is: fmops local snapshot list", FAILED) from error


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
