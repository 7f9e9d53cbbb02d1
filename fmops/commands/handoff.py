"""`fmops handoff`: ids that AWS minted, from deployed outputs to the lock that synthesis reads."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from fmops import handoff, rollout, target
from fmops.problem import FOUND
from fmops.target import Target
from foundation import Foundation
from foundation.handoff import sources

foundation_option = click.option(
    "--foundation", "path", default="foundation.yaml", show_default=True, type=click.Path(path_type=Path)
)
json_option = click.option("--json", "as_json", is_flag=True, help="For machines.")


@click.group()
def command() -> None:
    """Ids that AWS chooses, such as the portfolio's: their stacks publish them, the lock brings them to synthesis."""


@command.command(epilog="Example: fmops handoff pull --target aws && git diff handoff.lock.yaml")
@foundation_option
@target.option
def pull(path: Path, **options: str | None) -> None:
    """Reads what is deployed and writes the lock."""
    aws, foundation, lock = _places(path, options)
    changed = handoff.pull(aws, foundation, lock)
    known = handoff.load(lock)
    missing = [source for source in sources(foundation) if known.get(source) is None]
    click.echo(f"{lock}: {'written' if changed else 'nothing new'}.")
    for source in missing:
        click.echo(f"  {source.key} is not deployed yet: there is no {source.origin}.")


@command.command()
@foundation_option
@json_option
@target.option
def show(path: Path, as_json: bool, **options: str | None) -> None:
    """Shows the lock, and where each id comes from."""
    _, foundation, lock = _places(path, options)
    known = handoff.load(lock)
    rows = [
        {
            "key": source.key,
            "id": known.get(source),
            "what": source.minted.what,
            "stack": source.stack_name,
            "output": source.output,
            "account": source.environment.account,
            "region": source.environment.region,
        }
        for source in sources(foundation)
    ]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    click.echo(f"{lock}{'' if lock.exists() else ' (not written yet: fmops handoff pull)'}")
    for source in sources(foundation):
        click.echo(f"  {source.key:<24} {known.get(source) or '-':<20} {source.origin}")


@command.command()
@foundation_option
@json_option
@target.option
def check(path: Path, as_json: bool, **options: str | None) -> None:
    """Compares the lock with what is deployed; ends with 1 when they differ."""
    aws, foundation, lock = _places(path, options)
    found = list(handoff.drift(handoff.load(lock), handoff.deployed(aws, foundation)))
    if as_json:
        click.echo(json.dumps([asdict(drift) for drift in found], indent=2))
    else:
        for drift in found:
            click.echo(str(drift))
        click.echo(f"{lock} says {'what is deployed' if not found else 'something else: fmops handoff pull'}.")
    raise SystemExit(FOUND if found else 0)


def _places(path: Path, options: dict[str, str | None]) -> tuple[Target, Foundation, Path]:
    foundation = rollout.load(path)
    aws = target.choose(options["target"], foundation.regions.home)
    return aws, foundation, handoff.lock_of(aws, path)
