"""`fmops organization`: policies of the AWS organisation, as files for those who manage them elsewhere."""

import json
from pathlib import Path

import click
from fmops_constructs.organization import OrganizationPolicy, policies, scope
from fmops_constructs.organization.packing import TooLargeError

from fmops.problem import Problem
from fmops.rollout import load

OUT = Path("build/organization")
INDEX = "policies.json"


@click.group()
def command() -> None:
    """Policies of the AWS organisation."""


@command.command(
    "policies",
    epilog="""\b
Examples:
  fmops organization policies                           one file per policy, and policies.json
  fmops organization policies --out /tmp/p --json       and what was written, for machines""",
)
@click.option("--foundation", "path", default="foundation.yaml", show_default=True, type=click.Path(path_type=Path))
@click.option("--out", default=OUT, show_default=True, type=click.Path(path_type=Path, file_okay=False))
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def write_policies(path: Path, out: Path, as_json: bool) -> None:
    """Writes each policy as `aws organizations create-policy --content` takes it, and what to attach it to.

    The files are the bytes that count against AWS's limits. Those of an earlier run that are no policies any more go.
    """
    foundation = load(path)
    if foundation.organization.policies.deliver == "none":
        raise Problem(f"{path}: organization.policies.deliver is none.", "Set it to files, or to stack.")
    try:
        found = policies(scope(foundation))
    except (LookupError, TooLargeError) as error:
        raise Problem(f"{path}: {error}") from error
    index = [entry(policy) for policy in found]
    _write(out, found, index)
    click.echo(json.dumps(index, indent=2) if as_json else text(out, found))


def entry(policy: OrganizationPolicy) -> dict[str, object]:
    """What the index says of a policy."""
    return {
        "name": policy.name,
        "type": policy.type,
        "file": f"{policy.name}.json",
        "size": len(policy.text),
        "targets": list(policy.targets),
        "rules": list(policy.rules),
        "description": policy.description,
    }


def text(out: Path, found: list[OrganizationPolicy]) -> str:
    """The policies, one by one."""
    width = max(len(policy.name) for policy in found)
    lines = [
        f"{policy.name:<{width}}  {len(policy.text):>5} characters  {len(policy.targets):>2} targets  "
        f"{', '.join(policy.rules)}"
        for policy in found
    ]
    return "\n".join([*lines, f"{len(found)} policies in {out}; {out / INDEX} says what each is attached to."])


def _write(out: Path, found: list[OrganizationPolicy], index: list[dict[str, object]]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    listed = out / INDEX
    before = json.loads(listed.read_text(encoding="utf-8")) if listed.is_file() else []
    for old in {str(was["file"]) for was in before} - {str(now["file"]) for now in index}:
        (out / old).unlink(missing_ok=True)
    for policy in found:
        (out / f"{policy.name}.json").write_text(policy.text, encoding="utf-8")
    listed.write_text(json.dumps(index, indent=2) + "\n", encoding="utf-8")
