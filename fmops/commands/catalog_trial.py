"""`fmops catalog test`: a template is launched on the embedded AWS, held against its manifest, and taken away again."""

import json
from pathlib import Path
from typing import Any

import click
from botocore.exceptions import ClientError
from fmops_constructs import names

from fmops import launching, rollout, target
from fmops.board import Board
from fmops.catalog import seeds
from fmops.catalog.discover import Template
from fmops.catalog.lint import lint
from fmops.commands import launch
from fmops.problem import FAILED, Problem
from foundation import Foundation

ROLE = "data-scientist"


def trial(template: Template, path: Path, params: tuple[str, ...], *, keep: bool, as_json: bool) -> None:
    """Launches a template as a business unit's data scientist does.

    Raises:
        Problem: the folder breaks its contract, its seed fails its tests, the launch fails, or an output that the
            manifest promises is missing.
    """
    manifest = template.manifest
    if mistakes := [str(p) for p in lint(template.folder.parent) if p.file.is_relative_to(template.folder)]:
        raise Problem("\n       ".join(mistakes), f"Mend them: fmops catalog lint {template.folder.parent}")
    board = Board(quiet=as_json)
    with board.step("seed") as step:
        if failing := [str(problem) for problem in seeds.check(template)]:
            raise Problem("\n       ".join(failing), "Nothing was launched.")
        step.note = "rendered, and passes its own tests"
    config = rollout.load(path)
    unit, person = _somebody(config)
    name = f"try-{manifest.name}"[:24].rstrip("-")
    wanted = launch.request(manifest.name, name, unit, params)
    aws = target.choose("embedded", config.regions.home)
    tooling = rollout.account(config, "tooling")
    session = aws.person(names.role_arn(tooling, ROLE, unit), person)
    with board.step("launch") as step:
        done = launching.launch(aws, session, wanted, step.progress)
        step.note = f'{manifest.name} → "{name}" ({unit}), {done.seconds:.1f} s'
    missing = sorted(set(manifest.outputs) - set(done.outputs))
    if not keep:
        with board.step("remove") as step:
            launching.remove(aws.client(session, "servicecatalog"), name, step.progress)
            step.note = f"and {_tidy(aws, tooling, name)} of what a project leaves behind"
    if missing:
        raise Problem(
            f"{manifest.name}: the launch has no output {', '.join(missing)}.",
            "Add it to product.py, or remove it from template.yaml.",
            FAILED,
        )
    if as_json:
        outputs = dict(done.outputs)
        click.echo(json.dumps({"name": name, "seconds": round(done.seconds, 1), "outputs": outputs}, indent=2))


def _somebody(config: Foundation) -> tuple[str, str]:
    for unit, about in config.business_units.items():
        if about.people.data_scientist:
            return unit, about.people.data_scientist[0]
    raise Problem("No business unit has a data scientist.", "Add one under business_units.<unit>.people.")


def _tidy(aws: target.Target, account: str, name: str) -> int:
    """Code and models outlive a project; a trial's are taken away, as the platform."""
    session = aws.administrator(account)
    calls: list[Any] = [
        lambda: aws.client(session, "codecommit").delete_repository(repositoryName=name),
        lambda: aws.client(session, "sagemaker").delete_model_package_group(ModelPackageGroupName=name),
    ]
    gone = 0
    for call in calls:
        try:
            answer = call()
        except ClientError:
            continue  # this template has none
        gone += bool(answer.get("repositoryId", True))
    return gone
