"""`fmops launch`: start a new project from a template."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import click

from fmops import estimate, launching, people, rollout, target
from fmops.board import Board
from fmops.catalog.manifest import Manifest
from fmops.commands.catalog import templates
from fmops.problem import Problem


@click.command(
    epilog="""\b
Examples:
  fmops launch ml-train-deploy-realtime --name churn --business-unit retail
  fmops launch ml-train-deploy-realtime --name churn --business-unit retail --as cy --role ml-engineer \\
        --param dataset=s3://my-curated-bucket/churn/1/data.csv
  fmops launch ml-train-deploy-realtime --name churn --business-unit retail --from studio"""
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
@click.option("--version", help="An earlier version of the template; by default its newest.")
@click.option("--as", "person", help="Who launches; by default the first person with the role in foundation.yaml.")
@click.option("--role", default="data-scientist", show_default=True, type=click.Choice(rollout.LAUNCHERS))
@click.option(
    "--from",
    "door",
    default="tooling",
    show_default=True,
    type=click.Choice(list(people.DOORS)),
    help="The door: tooling's Service Catalog, or that of the unit's experimentation account, as Studio has it.",
)
@click.option("--foundation", "path", default="foundation.yaml", show_default=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@target.option
def command(
    template: str,
    name: str,
    business_unit: str,
    params: tuple[str, ...],
    version: str | None,
    person: str | None,
    role: str,
    door: people.Door,
    path: Path,
    as_json: bool,
    **options: str | None,
) -> None:
    """Launches TEMPLATE; the same command again finds the project it made."""
    config = rollout.load(path)
    wanted = request(template, name, business_unit, params, version)
    people.known(config, business_unit, role, person)
    aws = target.choose(options["target"], config.regions.home)
    session = people.Person.of(aws, config, business_unit, role, person).session(door)
    if door == "studio":  # the unit is the account's own there, and no parameter
        kept = {key: value for key, value in wanted.parameters.items() if key != "BusinessUnit"}
        wanted = replace(wanted, parameters=kept)
    board = Board(quiet=as_json)
    with board.step("launch") as step:
        done = launching.launch(aws, session, wanted, step.progress)
        step.note = f'{template} → "{name}" ({business_unit})' + (" · was there already" if done.existed else "")
    modelled = estimate.of_published(rollout.ASSEMBLY, template)
    if as_json:
        click.echo(
            json.dumps(
                {
                    "name": name,
                    "seconds": round(done.seconds, 1),
                    "existed": done.existed,
                    "outputs": dict(done.outputs),
                    "aws": modelled.data() if modelled else None,
                },
                indent=2,
            )
        )
        return
    for key, value in sorted(done.outputs.items()):
        click.echo(f"   {key:<22} {value}")
    took = f"{'Took' if not done.existed else 'It had taken'} {done.seconds:.1f} s on {aws.name}."
    click.echo(f"   {took}" + (f" AWS would take {modelled.text()}: fmops estimate {template}" if modelled else ""))


def request(
    template: str, name: str, business_unit: str, params: tuple[str, ...], version: str | None = None
) -> launching.Launch:
    """The launch that the arguments ask for, checked against the template's manifest before anything is called."""
    manifests = {entry.manifest.name: entry.manifest for entry in templates()}
    if template not in manifests:
        raise Problem(f"TEMPLATE {template}: there is none of that name.", f"There is: {', '.join(sorted(manifests))}")
    if reason := manifests[template].withdrawn.get(version or ""):
        raise Problem(f"--version {version}: withdrawn. {reason}", f"Leave it out for {manifests[template].version}.")
    known = {key.lower(): key for key in manifests[template].parameters}
    defaults = {k: p.default for k, p in manifests[template].parameters.items() if p.default is not None}
    values = {**defaults, "ProjectName": name, "BusinessUnit": business_unit}
    for param in params:
        key, equals, value = param.partition("=")
        if not equals or key.lower() not in known:
            raise Problem(
                f"--param {param}: not a parameter of {template}.",
                f"It takes NAME=VALUE with one of: {', '.join(sorted(known.values()))}",
            )
        values[known[key.lower()]] = value
    wrong = mistakes(manifests[template], values)
    if wrong:
        raise Problem("\n       ".join(wrong), f"What it takes: fmops catalog show {template}")
    return launching.Launch(template, name, values, version)


def mistakes(manifest: Manifest, values: Mapping[str, str]) -> list[str]:
    """Every value that the template's manifest refuses, and every one that it misses."""
    found = []
    for key, parameter in manifest.parameters.items():
        value = values.get(key, parameter.default)
        if value is None:
            found.append(f"{key}: missing. {parameter.description}.")
        elif not re.search(parameter.pattern, value):
            found.append(f"{key}: {value!r} doesn't match {parameter.pattern}. {parameter.description}.")
    return found
