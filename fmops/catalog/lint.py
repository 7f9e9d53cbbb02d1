"""The contract of a template folder, beyond its manifest: what must be there, and what a seed may not do."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from ruamel.yaml import YAML

from fmops.catalog import published
from fmops.catalog.discover import MANIFEST, CatalogError, Problem, Template, discover

FILES = {
    "product.py": "the CloudFormation product",
    "README.md": "what you get, a picture, how to change it",
    "tests": "the template's tests",
    "seed/copier.yml": "the questions of the seed",
    "seed/README.md.jinja": "the project's README",
    "seed/buildspec.yml": "what the build of each commit runs",
    "seed/tests": "the project's own tests",
    "seed/ci/package_index.py": "where the build's packages come from",
}
TEMPLATED = {"pyproject.toml.jinja", "README.md.jinja", "project.yaml.jinja"}
"""The only files of a seed that copier renders: all else runs, lints and tests where it lies."""
QUESTIONS = ("project", "business_unit", "seed_version")
SHARED = ("ci/package_index.py",)
"""Files that every seed carries, because nothing can be installed before they ran; they are the same in all."""
PASSED_OVER = {"__pycache__", ".pytest_cache", ".ruff_cache", ".mypy_cache", "build", "cdk.out", ".venv"}

Check = Callable[[Template], Iterator[Problem]]


def lint(root: Path, products: Mapping[str, tuple[str, str]] | None = None) -> list[Problem]:
    """All that is wrong with the catalog below a folder; empty when nothing is.

    Args:
        root: the catalog.
        products: the version and the text of each product that is published, by its name; None: nothing is synthesised.
    """
    try:
        templates = discover(root)
    except CatalogError as error:
        return error.problems
    found = [problem for template in templates for check in CHECKS for problem in check(template)]
    found += _unexplained(root)
    if products is not None:
        found += [problem for template in templates for problem in _product(template, products)]
    return [*found, *_shared_files(templates)]


def _product(template: Template, products: Mapping[str, tuple[str, str]]) -> Iterator[Problem]:
    name = template.manifest.name
    if name in products:
        yield from published.check(template, *products[name])
    else:
        yield Problem(template.folder / "product.py", "", f"{name} is not published.", "Synthesise again: make synth")


def _unexplained(root: Path) -> Iterator[Problem]:
    """A product without a manifest is offered to nobody, and its author should learn why."""
    for file in sorted(root.glob("*/product.py")):
        if not file.with_name(MANIFEST).exists():
            yield Problem(file.with_name(MANIFEST), "", "The manifest is missing.", "fmops catalog new writes one.")


def _files(template: Template) -> Iterator[Problem]:
    for name, what in FILES.items():
        if not (template.folder / name).exists():
            yield Problem(template.folder / name, "", "It is missing.", f"Add it: {what}.")


def _questions(template: Template) -> Iterator[Problem]:
    """The seeder answers these; a seed asks for them, or its project would not know its name."""
    file = template.seed / "copier.yml"
    if file.exists():
        asked = YAML(typ="safe").load(file.read_text(encoding="utf-8")) or {}
        for question in QUESTIONS:
            if question not in asked:
                yield Problem(file, question, "The seed does not ask for it.", "Add the question.")


def _templated(template: Template) -> Iterator[Problem]:
    for path in _seed_files(template):
        name = path.relative_to(template.seed).as_posix()
        if path.suffix == ".jinja" and name not in TEMPLATED:
            remedy = "Let the code read project.yaml instead, so that it runs where it lies."
            yield Problem(path, "", f"Only {', '.join(sorted(TEMPLATED))} are rendered.", remedy)


def _shared_files(templates: list[Template]) -> Iterator[Problem]:
    for name in SHARED:
        versions: dict[str, list[Path]] = defaultdict(list)
        for template in templates:
            file = template.seed / name
            if file.exists():
                versions[hashlib.sha256(file.read_bytes()).hexdigest()].append(file)
        usual = max(versions.values(), key=len, default=[])
        for files in versions.values():
            for file in files if files is not usual else ():
                yield Problem(file, "", f"It differs from {usual[0]}.", "Keep it the same in all seeds.")


def _seed_files(template: Template) -> Iterator[Path]:
    for path in sorted(template.seed.rglob("*")):
        if path.is_file() and not PASSED_OVER & set(path.relative_to(template.seed).parts):
            yield path


CHECKS: tuple[Check, ...] = (_files, _questions, _templated)
