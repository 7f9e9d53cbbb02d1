"""`fmops catalog new`, `import` and `test`: a template is made, and tried."""

import json
from pathlib import Path

import click

from fmops.catalog import importing, making
from fmops.catalog.discover import Template
from fmops.catalog.lint import SHARED, lint
from fmops.problem import Problem

NEXT = "fmops catalog rights --write, then fmops catalog test"


def new(root: Path, name: str, source: Template, *, as_json: bool) -> None:
    """Copies a template, and says what is to do."""
    _told(making.new(root, name, source), name, [], as_json=as_json)


def import_(root: Path, file: Path, name: str, templates: list[Template], *, as_json: bool) -> None:
    """Imports a template of SageMaker Projects, and says what was changed.

    Raises:
        Problem: it can't be read, or holds what can't be made private; nothing is written then.
    """
    index = next((t.seed / SHARED[0] for t in templates if (t.seed / SHARED[0]).exists()), None)
    if index is None:
        raise Problem(f"{root}: no template's seed has {SHARED[0]}.", "An import copies it: add one template first.")
    original = importing.read(file)
    found = importing.translate(original)
    description = str(original.get("Description", ""))
    folder = making.imported(root, name, found, origin=file.name, description=description, index=index)
    _told(folder, name, found.notes, as_json=as_json)


def _told(folder: Path, name: str, notes: list[str], *, as_json: bool) -> None:
    problems = [str(problem) for problem in lint(folder.parent) if problem.file.is_relative_to(folder)]
    if as_json:
        click.echo(json.dumps({"name": name, "folder": str(folder), "changed": notes, "mistakes": problems}, indent=2))
        return
    for note in notes:
        click.echo(f"  {note}")
    for problem in problems:
        click.echo(problem)
    click.echo(f"{name} is in {folder}. Next: {NEXT} {name}")
