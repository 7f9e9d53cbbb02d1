"""`fmops audit`: what a model was made from, and who decided about it, when and why."""

import json
from collections.abc import Iterator
from pathlib import Path

import click
from fmops_constructs import names

from fmops import audit, rollout, target
from fmops.problem import Problem


@click.command(
    epilog="""\b
Examples:
  fmops audit churn
  fmops audit churn --model-version 3 --json"""
)
@click.argument("project")
@click.option("--model-version", type=int, help="One version only; by default all, newest first.")
@click.option("--as", "person", help="Which auditor reads; by default the first one in foundation.yaml.")
@click.option("--foundation", "path", default="foundation.yaml", show_default=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@target.option
def command(
    project: str, model_version: int | None, person: str | None, path: Path, as_json: bool, **options: str | None
) -> None:
    """Reads the approval log of PROJECT: model, commit, data, image and decisions."""
    config = rollout.load(path)
    auditors = config.people.auditor
    if not auditors:
        raise Problem(f"{path}: the organisation has no auditor.", "Name one under people.auditor, and deploy tooling.")
    if person is not None and person not in auditors:
        raise Problem(f"--as {person}: not among the auditors.", f"There is: {', '.join(auditors)}")
    aws = target.choose(options["target"], config.regions.home)
    tooling = rollout.account(config, "tooling")
    session = aws.person(names.role_arn(tooling, "auditor"), person or auditors[0])
    found = audit.versions(audit.read(aws.client(session, "s3"), audit.bucket(tooling, aws.region), project))
    wanted = [one for one in found if model_version in (None, one.number)]
    if not wanted:
        which = f"version {model_version}" if model_version else "no model"
        raise Problem(f"{project}: the approval log knows {which} of it.".replace("knows version", "has no version"))
    if as_json:
        click.echo(json.dumps([one.data() for one in wanted], indent=2))
        return
    click.echo("\n\n".join("\n".join(_lines(project, one)) for one in wanted))


def _lines(project: str, version: audit.Version) -> Iterator[str]:
    yield f"{project} {version.number}"
    for name, value in version.origin.items():
        yield f"  {name:<15} {value or 'not said'}"
    for one in version.records:
        why = f': "{one["why"]}"' if one.get("why") else ""
        yield f"  {one['when']}  {one['what']:<32} {audit.actor(one)}{why}"
    for change in version.changed:
        yield f"  CHANGED since it was registered: {change}"
