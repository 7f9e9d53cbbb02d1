"""`fmops doctor`: what would go wrong on AWS, before anything is deployed."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from fmops import target as targets
from fmops.board import Board
from fmops.problem import FOUND, Problem

EXAMPLES = """\b
Examples:
  fmops doctor --target aws                 every account
  fmops doctor retail-dev retail-prod       these environments
  fmops doctor --json > doctor.json

\b
Exit codes: 0 no problem, 1 a problem, 2 wrong input. A warning or what couldn't be checked is no problem."""


@click.command(epilog=EXAMPLES)
@click.argument("environments", nargs=-1, metavar="[ENVIRONMENT]...")
@click.option("--foundation", "path", default="foundation.yaml", show_default=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@targets.option
def command(environments: Sequence[str], path: Path, as_json: bool, target: str | None) -> None:
    """Asks AWS what a deployment of ENVIRONMENTs (all by default) would run into. It only reads.

    Synthesises first, since what is needed is read from cdk.out. Progress goes to standard error.
    """
    from fmops import handoff, rollout
    from fmops.bootstrap import apply, plan
    from fmops.doctor import report, scene
    from fmops.doctor.asking import Aws
    from fmops.doctor.check import examine
    from fmops.doctor.checks import CHECKS

    foundation = rollout.load(path)
    chosen = targets.choose(target, foundation.regions.home)
    if chosen.base().get_credentials() is None:
        raise Problem(
            "No AWS credentials were found.", "Sign in (aws sso login), or start the embedded AWS: fmops local up"
        )
    board = Board(quiet=as_json, out=sys.stderr)
    with board.step("synth") as step:
        step.note = rollout.synth(path, handoff.lock_of(chosen, path))
        plans = plan.chosen(plan.plans(rollout.ASSEMBLY, foundation, apply.official()), environments)
        looked = scene.read(foundation, Aws(chosen), rollout.ASSEMBLY, plans, environments)
    examined = []
    for check in CHECKS:
        with board.step(check.name) as step:
            examined.append(examine(check, looked))
            step.note = f"{examined[-1].spots} places · {report.counts(examined[-1].findings)}"
    click.echo(json.dumps(report.data(examined), indent=2) if as_json else report.text(examined))
    if any(finding.verdict == "PROBLEM" for one in examined for finding in one.findings):
        raise SystemExit(FOUND)
