"""`fmops launch`: start a new project from a template."""

import json
from pathlib import Path

import click
from fmops_constructs import names

from fmops import launching, rollout, target
from fmops.board import Board
from fmops.catalog import discover
from fmops.problem import Problem


@click.command(
    epilog="""\b
Examples:
  fmops launch ml-train-deploy-realtime --name churn --business-unit retail
  fmops launch ml-train-deploy-realtime --name churn --business-unit retail --as cy --role ml-engineer \\
        --param dataset=s3://my-curated-bucket/churn/1/data.csv"""
)
@click.argument("template")
@click.option("--name", required=True, help="The project's name: it names repository, pipelines and endpoints.")
@click.option("--business-unit", required=True, help="Whose accounts it lives in.")
@click.option(
    "--param",
    "params",
    multiple=True,
    metavar="NAME=VALUE",
    help="A parameter of the template; see `fmops catalog show`.",
)
@click.option("--as", "person", help="Who launches; by default the first person with the role in foundation.yaml.")
@click.option("--role", default="data-scientist", show_default=True, type=click.Choice(rollout.LAUNCHERS))
@click.option("--foundation", "path", default="foundation.yaml", show_default=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@target.option
def command(
    template: str,
    name: str,
    business_unit: str,
    params: tuple[str, ...],
    person: str | None,
    role: str,
    path: Path,
    as_json: bool,
    **options: str | None,
) -> None:
    """Launches TEMPLATE; the same command again finds the project it made."""
    config = rollout.load(path)
    wanted = request(template, name, business_unit, params)
    if business_unit not in config.business_units:
        raise Problem(
            f"--business-unit {business_unit}: not in {path}.", f"There is: {', '.join(config.business_units)}"
        )
    people = getattr(config.business_units[business_unit].people, role.replace("-", "_"))
    if person is not None and person not in people:
        raise Problem(
            f"--as {person}: not among {business_unit}'s {role}s.", f"There is: {', '.join(people) or 'nobody'}"
        )
    if not people:
        raise Problem(
            f"{path}: {business_unit} has no {role}.", f"Add one under business_units.{business_unit}.people."
        )
    aws = target.choose(options["target"], config.regions.home)
    session = aws.person(names.role_arn(config.accounts.tooling, role, business_unit), person or people[0])
    board = Board(quiet=as_json)
    with board.step("launch") as step:
        done = launching.launch(aws, session, wanted, step.progress)
        step.note = f'{template} → "{name}" ({business_unit})' + (" · was there already" if done.existed else "")
    if as_json:
        click.echo(
            json.dumps(
                {
                    "name": name,
                    "seconds": round(done.seconds, 1),
                    "existed": done.existed,
                    "outputs": dict(done.outputs),
                },
                indent=2,
            )
        )
        return
    for key, value in sorted(done.outputs.items()):
        click.echo(f"   {key:<22} {value}")


def request(template: str, name: str, business_unit: str, params: tuple[str, ...]) -> launching.Launch:
    """The launch that the arguments ask for, checked against the template's manifest before anything is called."""
    templates = {entry.manifest.name: entry.manifest for entry in discover()}
    if template not in templates:
        raise Problem(f"TEMPLATE {template}: there is none of that name.", f"There is: {', '.join(sorted(templates))}")
    known = {key.lower(): key for key in templates[template].parameters}
    values = {"ProjectName": name, "BusinessUnit": business_unit}
    for param in params:
        key, equals, value = param.partition("=")
        if not equals or key.lower() not in known:
            raise Problem(
                f"--param {param}: not a parameter of {template}.",
                f"It takes NAME=VALUE with one of: {', '.join(sorted(known.values()))}",
            )
        values[known[key.lower()]] = value
    for problem in templates[template].problems(values):
        raise Problem(problem, f"What it takes: fmops catalog show {template}")
    return launching.Launch(template, name, values)
