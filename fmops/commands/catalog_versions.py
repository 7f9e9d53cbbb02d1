"""`fmops catalog release`: an earlier version stays launchable beside the next one."""

from pathlib import Path

import click

from fmops import products
from fmops.catalog import published, releasing
from fmops.catalog.discover import Template
from fmops.problem import Problem


def release(template: Template, assembly: Path) -> None:
    """Keeps a template's current version as it was synthesised.

    Raises:
        Problem: it isn't in the assembly, or it is not what its manifest promises.
    """
    name = template.manifest.name
    found = products.newest(assembly)
    if name not in found:
        raise Problem(f"{name}: not in {assembly}.", "Synthesise first: make synth")
    if problems := list(published.check(template, found[name].version, found[name].body)):
        raise Problem("\n       ".join(map(str, problems)), "A released version never changes.")
    file = releasing.file(template)
    file.parent.mkdir(exist_ok=True)
    file.write_text(releasing.bare(template, found[name].template), encoding="utf-8")
    click.echo(f"{name} {template.manifest.version} is kept in {file}. Now raise version in template.yaml.")


def versions(template: Template) -> list[tuple[str, str]]:
    """(version, what can be done with it) of all that there are, newest first."""
    manifest = template.manifest
    kept = {file.stem for file in template.folder.glob(f"{releasing.RELEASED}/*.json")} - {manifest.version}
    earlier = {
        **dict.fromkeys(kept, "can still be launched"),
        **{v: f"withdrawn: {w}" for v, w in manifest.withdrawn.items()},
    }
    ordered = sorted(earlier, key=lambda version: [int(part) for part in version.split(".")], reverse=True)
    return [(manifest.version, "is launched"), *((version, earlier[version]) for version in ordered)]
