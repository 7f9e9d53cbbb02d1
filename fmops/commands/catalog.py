"""`fmops catalog`: list, show, check and make the templates that start a project."""

import json
from pathlib import Path

import click

from fmops import products, target
from fmops.catalog.discover import CatalogError, Template, discover
from fmops.catalog.lint import lint as lint_catalog
from fmops.catalog.seeds import check as check_seed
from fmops.commands import catalog_making, catalog_rights, catalog_versions
from fmops.problem import FOUND, Problem

ROOT = Path(__file__).resolve().parents[2] / "templates"
COLUMNS = (("TEMPLATE", 27), ("JOURNEY", 11), ("WHAT YOU GET", 58), ("~$/MONTH IDLE", 13))


def templates(root: Path = ROOT) -> list[Template]:
    """The catalog's templates.

    Raises:
        Problem: a manifest is wrong.
    """
    try:
        return discover(root)
    except CatalogError as error:
        raise Problem(str(error)) from error


def called(name: str) -> Template:
    """The template of a name.

    Raises:
        Problem: there is none.
    """
    found = {template.manifest.name: template for template in templates()}
    if name not in found:
        raise Problem(f"NAME {name}: there is no such template.", f"There is: {', '.join(sorted(found))}")
    return found[name]


@click.group()
def command() -> None:
    """The catalog: one folder per template, discovered, never registered."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def list_(as_json: bool) -> None:
    """Lists the templates."""
    found = [template.manifest for template in templates()]
    if as_json:
        click.echo(json.dumps([manifest.model_dump(mode="json") for manifest in found], indent=2))
        return
    rows = [(m.name, m.journey, m.what, f"{m.cost.monthly_usd_idle:g}") for m in found]
    for row in [tuple(title for title, _ in COLUMNS), *rows]:
        click.echo(" " + " ".join(f"{cell:<{width}}" for cell, (_, width) in zip(row, COLUMNS, strict=True)).rstrip())


@command.command(epilog="Example: fmops catalog show ml-train-deploy-realtime")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def show(name: str, as_json: bool) -> None:
    """Shows a template: what it gives, what it takes, what it costs, and its versions."""
    template = called(name)
    manifest = template.manifest
    versions = catalog_versions.versions(template)
    if as_json:
        click.echo(json.dumps({**manifest.model_dump(mode="json"), "versions": dict(versions)}, indent=2))
        return
    click.echo(f"{manifest.name} {manifest.version}: {manifest.title}\n\n{manifest.description}\n\nParameters")
    for key, parameter in manifest.parameters.items():
        default = "required" if parameter.default is None else f"default: {parameter.default}"
        click.echo(f"  {key:<14} {parameter.description} ({default})\n  {'':<14} {parameter.pattern}")
    click.echo("\nOutputs")
    for key, description in manifest.outputs.items():
        click.echo(f"  {key:<22} {description}")
    click.echo("\nVersions")
    for version, state in versions:
        click.echo(f"  {version:<22} {state}")
    cost = manifest.cost
    click.echo(f"\nAbout {cost.monthly_usd_idle:g} USD a month while idle ({cost.date}). {cost.basis}")


@command.command()
@click.argument("root", default=ROOT, type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--assembly",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Check the products that were synthesised there too, e.g. cdk.out.",
)
@click.option("--seeds", is_flag=True, help="Render every seed and run its tests too (minutes).")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def lint(root: Path, assembly: Path | None, seeds: bool, as_json: bool) -> None:
    """Checks every template folder against the contract. Exit code 1 on a mistake."""
    found = products.newest(assembly) if assembly else None
    published = {name: (entry.version, entry.body) for name, entry in found.items()} if found is not None else None
    problems = lint_catalog(root, published)
    if seeds and not problems:
        problems = [problem for template in discover(root) for problem in check_seed(template)]
    if as_json:
        fields = [
            {"file": str(p.file), "line": p.line, "field": p.field, "message": p.message, "remedy": p.remedy}
            for p in problems
        ]
        click.echo(json.dumps(fields, indent=2))
    else:
        for problem in problems:
            click.echo(str(problem))
        click.echo(f"{len(problems)} mistakes")
    raise SystemExit(FOUND if problems else 0)


@command.command(epilog="Example: fmops catalog release ml-train-deploy-realtime --assembly cdk.out")
@click.argument("name")
@click.option(
    "--assembly",
    default="cdk.out",
    show_default=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Where the product was synthesised.",
)
def release(name: str, assembly: Path) -> None:
    """Keeps the current version of template NAME, so that it stays launchable when the next one comes."""
    catalog_versions.release(called(name), assembly)


@command.command(epilog="Example: fmops catalog new ml-churn --from ml-train-deploy-realtime")
@click.argument("name")
@click.option("--from", "source", required=True, metavar="TEMPLATE", help="The template to begin with.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def new(name: str, source: str, as_json: bool) -> None:
    """Makes a template NAME: a copy of another, to be changed."""
    catalog_making.new(ROOT, name, called(source), as_json=as_json)


@command.command("import", epilog="Example: fmops catalog import template.yml --name ml-batch-inference")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--name", required=True, help="What it is called here.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def import_(file: Path, name: str, as_json: bool) -> None:
    """Makes a template of FILE, a CloudFormation template for SageMaker Projects."""
    catalog_making.import_(ROOT, file, name, templates(), as_json=as_json)


@command.command(epilog="Example: fmops catalog test ml-train-deploy-realtime")
@click.argument("name")
@click.option("--param", "params", multiple=True, metavar="NAME=VALUE", help="A parameter of the template.")
@click.option("--keep", is_flag=True, help="Leave the project there.")
@click.option("--foundation", "path", default="foundation.yaml", show_default=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def test(name: str, params: tuple[str, ...], keep: bool, path: Path, as_json: bool) -> None:
    """Launches template NAME on the embedded AWS, holds it against its manifest, and takes it away again."""
    from fmops.commands import catalog_trial  # it knows `fmops launch`, which knows this module

    catalog_trial.trial(called(name), path, params, keep=keep, as_json=as_json)


@command.command(epilog="Example: fmops catalog publish --target embedded")
@click.option("--foundation", "path", default="foundation.yaml", show_default=True, type=click.Path(path_type=Path))
@click.option("--assembly", type=click.Path(path_type=Path), help="What was synthesised; by default build/cdk.out.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@target.option
def publish(path: Path, assembly: Path | None, as_json: bool, **options: str | None) -> None:
    """Uploads what Studio shows as templates in S3: every business unit's requests."""
    from fmops import rollout, s3_templates

    config = rollout.load(path)
    found = s3_templates.entries(assembly or rollout.ASSEMBLY)
    if not found:
        raise Problem(f"{assembly or rollout.ASSEMBLY}: it publishes no template to Studio.", "Synthesise: make synth")
    changed = s3_templates.publish(target.choose(options["target"], config.regions.home), found)
    if as_json:
        click.echo(json.dumps({"changed": changed, "templates": [entry.url for entry in found]}, indent=2))
    else:
        click.echo(f"{len(found)} templates in {len({e.account for e in found})} accounts, {changed} objects changed")


command.add_command(catalog_rights.rights)
