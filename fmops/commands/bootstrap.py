"""`fmops bootstrap`: prepare accounts for deployments, each with rights for what it gets and no more."""

import json
from pathlib import Path

import click

from fmops import target as targets
from fmops.board import Board
from fmops.bootstrap import plan
from fmops.bootstrap.plan import Plan


@click.command(epilog="Example: fmops bootstrap retail-dev --show")
@click.argument("environments", nargs=-1, metavar="[ENVIRONMENT]...")
@click.option("--foundation", "path", default="foundation.yaml", show_default=True, type=click.Path(path_type=Path))
@click.option("--show", is_flag=True, help="Only write the templates, and say what is in them.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@targets.option
def command(environments: tuple[str, ...], path: Path, show: bool, as_json: bool, target: str | None) -> None:
    """Bootstraps the accounts of ENVIRONMENTs (all by default) whose template is new or has changed.

    Each account's template is derived from what is synthesised for it and written to build/bootstrap.
    """
    from fmops import handoff, rollout
    from fmops.bootstrap import apply

    foundation = rollout.load(path)
    board = Board(quiet=as_json)
    chosen = targets.choose(target, foundation.regions.home)
    with board.step("synth") as step:
        step.note = rollout.synth(path, handoff.lock_of(chosen, path))
    plans = plan.chosen(plan.plans(rollout.ASSEMBLY, foundation, apply.official()), environments)
    for entry in plans:
        entry.write()
    made = 0
    if not show:
        with board.step("bootstrap") as step:
            made = apply.bootstrap(chosen, plans, progress=step.progress)
            step.note = f"{made} of {len(plans)} accounts had another template, or none"
    if as_json:
        click.echo(json.dumps({"bootstrapped": made, "accounts": [entry.summary() for entry in plans]}, indent=2))
    else:
        click.echo(text(plans))


def text(plans: list[Plan]) -> str:
    """One line per account and region."""
    width = max(len(", ".join(entry.environments)) for entry in plans)
    return "\n".join(
        f"  {', '.join(entry.environments):<{width}}  {entry.account} {entry.region}  {entry.stamp}  "
        f"{len(entry.types):>3} types  {len(entry.policies)} policies  {entry.file}"
        for entry in plans
    )
