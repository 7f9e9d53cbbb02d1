"""`fmops nag`: report what cdk-nag found in cdk.out."""

from collections import Counter
from pathlib import Path

import click
from jinja2 import Environment, PackageLoader, select_autoescape

from fmops import nag
from fmops.problem import FOUND

FORMATS = click.Choice(["text", "json", "html"])


@click.command(epilog="Example: fmops nag build/cdk.out --format html > build/nag.html")
@click.argument("assembly", default="cdk.out", type=click.Path(path_type=Path))
@click.option("--format", "form", default="text", show_default=True, type=FORMATS)
@click.option("--json", "form", flag_value="json", help="The same as --format json.")
def command(assembly: Path, form: str) -> None:
    """Lists findings and acknowledgements of ASSEMBLY (cdk.out). Exit code 1 if a finding is not acknowledged."""
    found = nag.read(assembly)
    click.echo({"text": text, "json": nag.as_json, "html": html}[form](found))
    raise SystemExit(FOUND if any(not finding.acknowledged for finding in found) else 0)


def text(found: list[nag.Finding]) -> str:
    """Open findings one by one, acknowledgements counted by rule and reason."""
    lines = [f"FINDING  {f.rule:<48} {f.construct}\n         {f.description}" for f in found if not f.acknowledged]
    counted = Counter((f.rule, f.reason) for f in found if f.acknowledged)
    lines += [f"{count:>5} ×  {rule:<48} {reason}" for (rule, reason), count in sorted(counted.items())]
    closed = sum(counted.values())
    return "\n".join(
        [*lines, f"{len(found) - closed} unacknowledged · {closed} acknowledged, for {len(counted)} reasons"]
    )


def html(found: list[nag.Finding]) -> str:
    """A page for a reviewer."""
    page = Environment(
        loader=PackageLoader("fmops", "pages"), autoescape=select_autoescape(default=True), trim_blocks=True
    )
    return page.get_template("nag.html").render(found=found, open=[f for f in found if not f.acknowledged])
