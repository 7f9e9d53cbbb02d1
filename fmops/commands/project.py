"""`fmops project`: the projects that stand, from their first look to their end."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from fmops import projects, rollout, target
from fmops.board import Board
from fmops.people import Person, known
from fmops.problem import FAILED, Problem

COLUMNS = (("PROJECT", 25), ("UNIT", 13), ("TEMPLATE", 27), ("VERSION", 9))
json_option = click.option("--json", "as_json", is_flag=True, help="For machines.")


def asking(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say who asks, and of whose projects."""
    for option in (
        target.option,
        click.option(
            "--foundation", "path", default="foundation.yaml", show_default=True, type=click.Path(path_type=Path)
        ),
        click.option("--role", default="data-scientist", show_default=True, type=click.Choice(rollout.LAUNCHERS)),
        click.option("--as", "name_of_person", help="Who asks; by default the first person with the role."),
        click.option("--business-unit", help="Whose project it is; not needed where the file has one business unit."),
    ):
        command = option(command)
    return command


def person(
    path: Path, business_unit: str | None, role: str, name_of_person: str | None, options: dict[str, Any]
) -> Person:
    """Who asks."""
    config = rollout.load(path)
    units = list(config.business_units)
    if business_unit is None and len(units) != 1:
        raise Problem("--business-unit: which one?", f"There is: {', '.join(units)}")
    unit = business_unit or units[0]
    known(config, unit, role, name_of_person)
    return Person.of(target.choose(options["target"], config.regions.home), config, unit, role, name_of_person)


@click.group()
def command() -> None:
    """The projects that stand: list, follow, open, update, end."""


@command.command("list", epilog="Example: fmops project list --business-unit retail --json | jq -r '.[].name'")
@asking
@json_option
def list_(
    path: Path, business_unit: str | None, role: str, name_of_person: str | None, as_json: bool, **options: str | None
) -> None:
    """Lists a business unit's projects; every unit's where none is named."""
    config = rollout.load(path)
    units = [business_unit] if business_unit else list(config.business_units)
    people = [person(path, unit, role, name_of_person, options) for unit in units]
    found = [p for someone in people for p in projects.registered(someone.client("ssm"), someone.business_unit)]
    rows = [(p.name, p.business_unit, p.template, p.version) for p in found]
    if as_json:
        keys = ("name", "business_unit", "template", "version")
        click.echo(json.dumps([dict(zip(keys, row, strict=True)) for row in rows], indent=2))
        return
    for row in [tuple(title for title, _ in COLUMNS), *rows]:
        click.echo(" " + " ".join(f"{cell:<{width}}" for cell, (_, width) in zip(row, COLUMNS, strict=True)).rstrip())


@command.command(epilog="Example: fmops project status churn --business-unit retail")
@click.argument("name")
@asking
@json_option
def status(name: str, as_json: bool, **asked: Any) -> None:
    """Says how project NAME is: its launch, the last run of its pipelines, its models."""
    someone = _person(asked)
    facts = projects.status(someone, projects.find(someone.client("ssm"), someone.business_unit, name))
    if as_json:
        click.echo(json.dumps(facts, indent=2))
        return
    launch = facts["launch"].lower() if facts["launch"] else "launched by someone else"
    click.echo(f"{name} ({facts['business_unit']}): {facts['template']} {facts['version']}, {launch}")
    for pipeline, run in facts["pipelines"].items():
        click.echo(f"   {pipeline:<30} {run}")
    for model in facts["models"]:
        click.echo(f"   model {model['version']:<24} {model['approval']}")


@command.command("open", epilog="Example: fmops project open churn --business-unit retail && cd churn && make test")
@click.argument("name")
@asking
@click.option("--into", type=click.Path(path_type=Path), help="The folder for the code.  [default: ./NAME]")
@json_option
def open_(name: str, into: Path | None, as_json: bool, **asked: Any) -> None:
    """Clones the code of project NAME, in the person's own name."""
    from fmops import cloning

    someone = _person(asked)
    projects.find(someone.client("ssm"), someone.business_unit, name)
    folder = into or Path(name)
    if folder.exists() and any(folder.iterdir()):
        raise Problem(f"--into {folder}: it isn't empty.", f"Name another folder, or: git -C {folder} pull")
    try:
        url = cloning.clone(someone, name, folder)
    except subprocess.CalledProcessError as error:
        raise Problem(f"git clone failed: {error.stderr.strip()}", exit_code=FAILED) from error
    click.echo(json.dumps({"name": name, "url": url, "folder": str(folder)}) if as_json else f"{folder}  ({url})")


@command.command(
    epilog="""\b
Examples:
  fmops project update churn --business-unit retail
  fmops project update churn --business-unit retail --version 1.0.0
  fmops project update churn --business-unit retail --param Dataset=s3://my-curated-bucket/churn/2/"""
)
@click.argument("name")
@asking
@click.option("--param", "params", multiple=True, metavar="NAME=VALUE", help="Another value; the others stay.")
@click.option("--version", help="A version of the template; by default its newest.")
@json_option
def update(name: str, params: tuple[str, ...], version: str | None, as_json: bool, **asked: Any) -> None:
    """Brings project NAME to its template's newest version, or to other values; its code is its team's and stays."""
    pairs = [param.partition("=") for param in params]
    if wrong := [param for param, (_, equals, _) in zip(params, pairs, strict=True) if not equals]:
        raise Problem(f"--param {wrong[0]}: NAME=VALUE is expected.")
    someone = _person(asked)
    with Board(quiet=as_json).step("update") as step:
        outputs = projects.update(someone, name, {key: value for key, _, value in pairs}, step.progress, version)
        reached = projects.find(someone.client("ssm"), someone.business_unit, name).version
        step.note = f"{name}: version {reached}"
    if as_json:
        click.echo(json.dumps({"name": name, "version": reached, "outputs": dict(outputs)}, indent=2))


@command.command(epilog="Example: fmops project delete churn --business-unit retail --yes")
@click.argument("name")
@asking
@click.option("--yes", is_flag=True, help="Don't ask.")
@json_option
def delete(name: str, yes: bool, as_json: bool, **asked: Any) -> None:
    """Ends project NAME: its pipelines, builds and rules go; code, models, and what serves stay."""
    someone = _person(asked)
    projects.own(someone, name)
    if not yes:
        click.confirm(f"The pipelines of {name} go; code, models and what serves stay. End it?", abort=True, err=True)
    with Board(quiet=as_json).step("end") as step:
        kept = projects.end(someone, name, step.progress)
        step.note = name
    remedy = f"fmops project purge {name} --business-unit {someone.business_unit}"
    if as_json:
        click.echo(json.dumps({"name": name, "kept": kept, "remove_with": remedy}, indent=2))
        return
    click.echo("   Kept:\n" + "\n".join(f"   - {what}" for what in kept))
    click.echo(f"   Until it is purged, the name can't be launched again. If nobody needs it any more: {remedy}")


@command.command(epilog="Example: fmops project purge churn --business-unit retail --yes")
@click.argument("name")
@asking
@click.option("--yes", is_flag=True, help="Don't ask.")
@json_option
def purge(name: str, yes: bool, as_json: bool, **asked: Any) -> None:
    """Removes, as administrator, what an ended project NAME left: what serves, its data, models, code."""
    from fmops.purging import Platform

    someone = _person(asked)
    platform = Platform(someone.target, someone.foundation, someone.business_unit, name)
    platform.check_ended()
    remains = platform.remains()
    lines = remains.lines(name)
    if lines and not yes:
        click.echo("\n".join(f"   - {line}" for line in lines), err=True)
        click.confirm("All of this goes for good. Remove it?", abort=True, err=True)
    with Board(quiet=as_json).step("purge") as step:
        platform.purge(remains, step.progress)
        step.note = f"{name}: {len(lines)} removed; the name is free"
    if as_json:
        click.echo(json.dumps({"name": name, "removed": lines}, indent=2))


def _person(asked: dict[str, Any]) -> Person:
    """Who asks, from the options of `asking`."""
    return person(asked["path"], asked["business_unit"], asked["role"], asked["name_of_person"], asked)
