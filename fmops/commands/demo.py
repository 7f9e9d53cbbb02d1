"""`fmops demo`: from nothing to a prediction in production, on the embedded AWS."""

import json
import time
from pathlib import Path

import click
from fmops_constructs import names

from fmops import rollout
from fmops.board import Board
from fmops.commands import local
from fmops.delivery import Project
from fmops.demo import report
from fmops.demo.journey import Journey, environment_note, now
from fmops.problem import FOUND, Problem


@click.command(
    epilog="""\b
Examples:
  fmops demo                    (or: make demo)
  fmops demo --name screening --port 4570
Run again, it finds what stands, trains a new version and promotes that."""
)
@click.option("--name", default="churn", show_default=True, help="The project's name.")
@click.option("--business-unit", help="Whose project it is; by default the first one of foundation.yaml.")
@click.option(
    "--port", default=local.PORT, show_default=True, type=click.IntRange(1024, 65535), help="Of the embedded AWS."
)
@click.option("--foundation", "path", default="foundation.yaml", show_default=True, type=click.Path(path_type=Path))
@click.option(
    "--out",
    default="build",
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="For demo.json and demo.html.",
)
@click.option("--keep/--down", default=True, show_default=True, help="Leave the embedded AWS running afterwards.")
@click.option("--json", "as_json", is_flag=True, help="Print demo.json instead of the scoreboard.")
def command(name: str, business_unit: str | None, port: int, path: Path, out: Path, keep: bool, as_json: bool) -> None:
    """Deploys every account, launches a project, trains, approves, promotes, and asks production for predictions."""
    began = time.monotonic()
    foundation = rollout.load(path)
    unit = business_unit or next(iter(foundation.business_units))
    if unit not in foundation.business_units:
        raise Problem(f"--business-unit {unit}: not in {path}.", f"There is: {', '.join(foundation.business_units)}")
    if not names.PROJECT.fullmatch(name):
        raise Problem(f"--name {name}: must match {names.PROJECT.pattern}.", "For example: churn")
    out.mkdir(parents=True, exist_ok=True)
    board = Board(quiet=as_json)
    with board.step("environment") as step:
        step.note = environment_note()
    with board.step("embedded AWS") as step:
        target = local.start(port=port, path=path)
        step.note = f"{target.endpoint} · IAM enforced"
    journey = Journey(target, foundation, path, board, Project(target, foundation, names.Project(name, unit)))
    facts = journey.run()
    steps = {step.name: round(step.seconds, 1) for step in board.steps}
    result = {
        "at": now(),
        "seconds": {"total": round(time.monotonic() - began, 1), **steps},
        **{key: value for key, value in facts.items() if key != "stands"},
    }
    (out / "demo.json").write_text(json.dumps(result, indent=2) + "\n")
    page = report.write(
        out / "demo.html", result, facts["stands"], [(s.name, s.note, s.seconds) for s in board.steps], foundation
    )
    if not keep:
        local.down.callback()  # type: ignore[misc]
    if as_json:
        click.echo(json.dumps(result, indent=2))
    else:
        click.echo(
            f" Time to instantiate a project: {facts['launch_seconds']:.0f} s (target < 1 h)      report: {page}"
        )
        click.echo(" Next: edit foundation.yaml · make synth · fmops catalog list · fmops local status")
    if len(facts["predictions"]) == 0:
        raise SystemExit(FOUND)
