"""`fmops verify`: proves what templates promise, ours or a stranger's, offline."""

import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from fmops.problem import FOUND, Problem
from fmops.verify import baseline, change, parts, posture, report
from fmops.verify.findings import Finding
from fmops.verify.invariants import settings
from fmops.verify.templates import UnreadableError, read
from fmops.verify.values import World

EXAMPLES = """\b
Examples:
  fmops verify                                      what `make synth` wrote
  fmops verify template.yaml stacks/                single templates and folders
  fmops verify --against ../main/cdk.out            what a change does: data, permissions, paths
  fmops verify --baseline verify.baseline.yaml --write-baseline --reason "Stood when we adopted it"
  fmops verify --baseline verify.baseline.yaml      only what is new since
  fmops verify --require-tag owner --own-keys       ask more than everybody should have
  fmops verify build/cdk.out --format sarif > verify.sarif
  fmops verify --format html > verify.html

\b
Exit codes: 0 nothing found and all proven, 1 found or not proven, 2 something could not be read."""

ADOPTED = "It stood when fmops verify was adopted."
SLOW = 2.0
"""Seconds after which a person at a terminal is told what is going on."""
PATH = click.Path(path_type=Path)


@click.command(epilog=EXAMPLES)
@click.argument("paths", nargs=-1, type=PATH)
@click.option("--against", "old", type=PATH, help="Older templates: shows what the change from them does, and no more.")
@click.option(
    "--invariants", "known", type=PATH, help=f"What is known of the organisation.  [default: {settings.DEFAULT}]"
)
@click.option("--baseline", "accepted", type=PATH, help="Findings that are accepted, each with a reason.")
@click.option("--write-baseline", "accept", is_flag=True, help="Accept everything that is found now, in --baseline.")
@click.option("--reason", default=ADOPTED, help="Why --write-baseline accepts what is new in it.")
@click.option("--require-tag", "tags", multiple=True, metavar="KEY", help="A tag that all must carry; repeatable.")
@click.option("--own-keys", is_flag=True, help="AWS's own encryption keys are not enough.")
@click.option("--format", "form", default="text", show_default=True, type=click.Choice(list(report.FORMS)))
@click.option("--json", "form", flag_value="json", help="The same as --format json.")
def command(
    paths: Sequence[Path],
    old: Path | None,
    known: Path | None,
    accepted: Path | None,
    accept: bool,
    reason: str,
    tags: Sequence[str],
    own_keys: bool,
    form: str,
) -> None:
    """Verifies templates: cdk.out, or what PATHS name (cloud assemblies, folders, JSON and YAML files).

    Shows each path to or from the internet, hop by hop; who may do what they shouldn't, with a request that shows it;
    what is unencrypted, unlogged, lost or written down; and what could not be proven. Exit code 1 if there is any.
    """
    if accept and not accepted:
        raise click.UsageError("--write-baseline needs --baseline FILE, which it writes.")
    try:
        given = paths or [Path("cdk.out")]
        world = World(read(given))
        asked = posture.Options([path for path in given if path.is_dir()], tags, own_keys)
        entries = baseline.load(accepted) if accepted and (accepted.exists() or not accept) else []
        older = World(read([old])) if old else None
        told_of = _settings(known, given)
        looked = change.parts(world, older, told_of, asked) if older else parts(world, told_of, asked)
        found = sorted(set(_told(looked)))
        if accept and accepted:
            today = datetime.now(UTC).date().isoformat()
            entries = baseline.write(accepted, found, entries, reason, today)
    except UnreadableError as error:
        raise Problem(str(error)) from error
    told = baseline.sort(found, entries)
    for entry in told.stale:
        click.echo(f"{accepted}: {entry.fingerprint} ({entry.rule} {entry.where}) is stale: remove it.", err=True)
    click.echo(report.FORMS[form](report.Outcome(world, told.open, told.accepted, told.stale)))
    raise SystemExit(FOUND if told.open else 0)


def _settings(known: Path | None, paths: Sequence[Path]) -> settings.Settings | None:
    """What the file says that was named, or the one that lies beside what is verified: it is of those templates."""
    beside = (path.parent / settings.DEFAULT for path in paths)
    file = known or next((one for one in beside if one.is_file()), None)
    return settings.load(file) if file else None


def _told(looked: dict[str, Iterator[Finding]]) -> Iterator[Finding]:
    """All that is found, saying on a terminal what is being looked for once it takes long."""
    begun, told = time.monotonic(), ""
    for number, (name, findings) in enumerate(looked.items(), start=1):
        for finding in findings:
            yield finding
            if sys.stderr.isatty() and time.monotonic() - begun > SLOW and told != name:
                click.echo(f"[{number}/{len(looked)}] {name} …", err=True)
                told = name
