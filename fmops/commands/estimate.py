"""`fmops estimate`: how long AWS would take, and why."""

import json
from pathlib import Path

import click

from fmops import estimate, products
from fmops.problem import FOUND, Problem


@click.command(
    epilog="""\b
Examples:
  fmops estimate ml-train-deploy-realtime
  fmops estimate --business-unit retail --assembly cdk.out --json"""
)
@click.argument("template", required=False)
@click.option("--business-unit", help="Instead of a template: all environments of a business unit.")
@click.option("--foundation", "path", default="foundation.yaml", show_default=True, type=click.Path(path_type=Path))
@click.option("--assembly", type=click.Path(path_type=Path), help="What was synthesised; by default build/cdk.out.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def command(template: str | None, business_unit: str | None, path: Path, assembly: Path | None, as_json: bool) -> None:
    """Models the time that AWS takes for a launch of TEMPLATE, or for a business unit's environments.

    It is the longest chain of resources that wait for each other, with typical times from a dated table; no promise of
    AWS's. Exit code 1 if it may take an hour or more.
    """
    from fmops import rollout

    assembly = assembly or rollout.ASSEMBLY
    if bool(template) == bool(business_unit):
        raise Problem("Name a TEMPLATE, or a --business-unit.", "For example: fmops estimate --business-unit retail")
    if not (assembly / "manifest.json").exists():
        raise Problem(
            f"{assembly}: nothing is synthesised there.", "fmops bootstrap --show, or make synth and --assembly cdk.out"
        )
    found = _launch(assembly, template) if template else _environments(assembly, path, str(business_unit))
    if as_json:
        click.echo(json.dumps(found.data(), indent=2))
    else:
        click.echo(text(template or f"the environments of {business_unit}", found))
    raise SystemExit(FOUND if found.slow >= estimate.HOUR else 0)


def _launch(assembly: Path, template: str) -> estimate.Estimate:
    known = products.newest(assembly)
    if template not in known:
        raise Problem(f"TEMPLATE {template}: not in {assembly}.", f"There is: {', '.join(known) or 'none'}")
    return estimate.of_launch(known[template].template)


def _environments(assembly: Path, path: Path, business_unit: str) -> estimate.Estimate:
    from fmops import rollout

    config = rollout.load(path)
    names = [e.name for e in config.environments() if e.business_unit == business_unit]
    if not names:
        raise Problem(
            f"--business-unit {business_unit}: not in {path}.", f"There is: {', '.join(config.business_units)}"
        )
    return estimate.of_environments(assembly, names)


def text(what: str, found: estimate.Estimate) -> str:
    """The range, and the path that makes it."""
    ours = sum(step.estimated for step in found.steps)
    lines = [
        f"AWS would take {found.text()} for {what}: modelled, not measured.",
        f"The path ({ours} of its {len(found.steps)} times are our estimates; table of {estimate.table()['read']}):",
        *(f"  {step.quick:>4.0f} to {step.slow:>4.0f} s  {step.name:<44} {step.what}" for step in found.steps),
    ]
    return "\n".join(lines)
