"""`fmops catalog rights`: what a launch may do, derived from what the products hold."""

import json
from pathlib import Path

import click

from fmops.bootstrap import launches
from fmops.problem import FOUND


@click.command(epilog="Example: fmops catalog rights --write --assembly cdk.out")
@click.option("--write", is_flag=True, help="Write what is derived; the next synthesis gives it to the launch role.")
@click.option(
    "--assembly",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Read the products that were synthesised there; by default they are synthesised first.",
)
@click.option("--foundation", "path", default="foundation.yaml", show_default=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def rights(write: bool, assembly: Path | None, path: Path, as_json: bool) -> None:
    """Says which rights the catalog's products need and the launch role lacks. Exit code 1 if it lacks one."""
    from fmops import rollout
    from foundation.handoff import LOCK

    if assembly is None:
        rollout.load(path)
        rollout.synth(path, path.with_name(LOCK))
        assembly = rollout.ASSEMBLY
    wanted = launches.document(assembly)
    given = json.loads(launches.FILE.read_text(encoding="utf-8"))
    lacking = launches.lacking(given["statements"], wanted["statements"])
    spare = launches.lacking(wanted["statements"], given["statements"])
    if write:
        launches.FILE.write_text(launches.written(wanted), encoding="utf-8")
    if as_json:
        click.echo(json.dumps({"lacking": lacking, "spare": spare, "written": write, **wanted}, indent=2))
    else:
        for sign, rows in (("+", lacking), ("-", spare)):
            for row in rows:
                click.echo(f" {sign} {row}")
        actions = {action for entry in wanted["statements"] for action in entry["Action"]}
        done = f", written to {launches.FILE.name}" if write else ""
        click.echo(f"{len(wanted['types'])} types, {len(actions)} actions{done}; {len(lacking)} were lacking")
    raise SystemExit(FOUND if lacking and not write else 0)
