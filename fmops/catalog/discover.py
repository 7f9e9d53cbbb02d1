"""The catalog is its folders: whoever adds one adds a template. Each folder's manifest is read and checked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from fmops.catalog.manifest import Manifest

MANIFEST = "template.yaml"
REMEDIES = {
    "missing": "Add it.",
    "extra_forbidden": "Remove it, or correct its spelling.",
    "string_type": "Put the value in quotes.",
}


@dataclass(frozen=True)
class Problem:
    """One mistake in a template folder.

    Attributes:
        file: where it is.
        field: the path of keys, dotted; empty for a mistake of the file as a whole.
        message: what is wrong.
        remedy: what to do about it.
        line: from 1; 0 when it has none.
    """

    file: Path
    field: str
    message: str
    remedy: str
    line: int = 0

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else str(self.file)
        return f"{place}  {self.field + ': ' if self.field else ''}{self.message} {self.remedy}"


class CatalogError(Exception):
    """The catalog cannot be read; the text holds every problem, one line each."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True)
class Template:
    """A folder of the catalog and its manifest."""

    folder: Path
    manifest: Manifest

    @property
    def seed(self) -> Path:
        """The copier template of the project's repository."""
        return self.folder / "seed"


def discover(root: Path) -> list[Template]:
    """The templates below a folder, in the order of their names (each folder is called like its template).

    Raises:
        CatalogError: a manifest is wrong; all problems of all manifests at once.
    """
    templates, problems = [], []
    for file in sorted(root.glob(f"*/{MANIFEST}")):
        found = read(file)
        if isinstance(found, Manifest):
            templates.append(Template(file.parent, found))
        else:
            problems += found
    if problems:
        raise CatalogError(problems)
    return sorted(templates, key=lambda template: template.manifest.name)


def read(file: Path) -> Manifest | list[Problem]:
    """A manifest, or all that is wrong with it."""
    try:
        document = YAML(typ="rt").load(file.read_text(encoding="utf-8"))
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        return [Problem(file, "", f"This is no YAML: {error.problem}.", "Correct it there.", line)]
    if not isinstance(document, Mapping):
        return [Problem(file, "", "This is no mapping.", "Write one key per line, as `name: my-template`.", 1)]
    try:
        manifest = Manifest.model_validate(_plain(document))
    except ValidationError as error:
        return list(_problems(file, document, error))
    if file.parent.name != manifest.name.replace("-", "_"):
        wanted = manifest.name.replace("-", "_")
        message = f"{manifest.name!r} lies in the folder {file.parent.name}."
        return [Problem(file, "name", message, f"Call the folder {wanted}.", _line(document, ("name",)))]
    return manifest


def _plain(node: Any) -> Any:
    """The document without ruamel's types, which carry the lines."""
    if isinstance(node, Mapping):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(value) for value in node]
    return str(node) if isinstance(node, str) else node


def _problems(file: Path, document: Any, errors: ValidationError) -> Iterator[Problem]:
    for error in errors.errors():
        location = tuple(step for step in error["loc"] if step != "[key]")
        message = error["msg"].removeprefix("Value error, ")
        given = error["input"]
        shown = f"{given!r}: " if isinstance(given, str | int | float) and error["type"] != "extra_forbidden" else ""
        remedy = REMEDIES.get(error["type"]) or _description(location) or "Correct the value."
        text = f"{shown}{message[0].lower()}{message[1:]}."
        yield Problem(file, ".".join(map(str, location)), text, remedy, _line(document, location))


def _description(location: tuple[str | int, ...]) -> str:
    field = Manifest.model_fields.get(str(location[0])) if location else None
    return (field.description if field else None) or ""


def _line(document: Any, location: tuple[str | int, ...]) -> int:
    """The line of a field; of its nearest parent when it is not there."""
    line = 1
    for step in location:
        if isinstance(document, Mapping) and step in document:
            line = document.lc.key(step)[0] + 1  # type: ignore[attr-defined] # ruamel's mappings carry their lines
        elif isinstance(document, list) and isinstance(step, int) and step < len(document):
            line = document.lc.item(step)[0] + 1  # type: ignore[attr-defined]
        else:
            break
        document = document[step]
    return line
