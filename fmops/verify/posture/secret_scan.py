"""Secrets written down: in templates' properties, parameters and environments, and in their assets' files (R105)."""

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from fmops.verify.findings import Finding
from fmops.verify.posture.secret_forms import EXAMPLES, FORMS, REFERENCE, SECRET_NAME
from fmops.verify.templates import Resource, Template
from fmops.verify.values import World

RULE = "Posture-Secret"
REMEDY = "Revoke it, keep a new one in Secrets Manager, and refer to it: {{resolve:secretsmanager:…}}."
PARAMETER = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html"
SECRETS = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-secretsmanager.html"
LARGEST = 1_000_000
"""Bytes of a file beyond which it is no text that somebody wrote."""
HARMLESS = ("changeme", "false", "none", "null", "optional", "required", "true")


class Seen(NamedTuple):
    """A secret, and where: never the secret itself."""

    what: str
    path: str
    source: str


def verify(world: World, places: Sequence[Path] = ()) -> Iterator[Finding]:
    """A finding for each secret of the templates, and of the assets beside them."""
    for template in world.templates:
        for seen in (*_parameters(template), *_outputs(template)):
            yield _finding(template.file, template.stack, "", seen)
        for resource in template.resources.values():
            for seen in _in(resource.properties, "Properties"):
                yield _finding(template.file, template.stack, resource.logical_id, seen, resource)
    for place in places:
        for name, text in _assets(place):
            for line, seen in _in_text(text):
                yield _finding(str(place / name), name.partition("/")[0], "", seen._replace(path=f"{name}:{line}"))


def _finding(file: str, stack: str, logical_id: str, seen: Seen, resource: Resource | None = None) -> Finding:
    return Finding(
        rule=RULE,
        file=file,
        stack=stack,
        logical_id=logical_id,
        construct=resource.construct if resource else "",
        message=f"{seen.path} holds a {seen.what}, for everybody who reads it.",
        remedy=REMEDY,
        path=(seen.path, seen.what),
        requirement="R105",
        source=seen.source,
    )


def _parameters(template: Template) -> Iterator[Seen]:
    for name, parameter in _mapping(template.body.get("Parameters")).items():
        if not isinstance(parameter, Mapping):
            continue
        path, default = f"Parameters.{name}", parameter.get("Default")
        hidden = str(parameter.get("NoEcho")).lower() == "true"
        yield from _formed(default, f"{path}.Default")
        if hidden and isinstance(default, str) and _written(default):
            yield Seen("secret as a default", f"{path}.Default", PARAMETER)
        secret = SECRET_NAME.search(str(name)) and str(parameter.get("Type", "String")) == "String"
        if secret and not hidden and not REFERENCE.match(str(default or "x")):
            yield Seen("secret that its console shows (NoEcho: true hides it)", path, PARAMETER)


def _outputs(template: Template) -> Iterator[Seen]:
    yield from _in(_mapping(template.body.get("Outputs")), "Outputs", named=False)
    yield from _in(_mapping(template.body.get("Mappings")), "Mappings", named=False)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _in(node: Any, path: str, *, named: bool = True) -> Iterator[Seen]:
    """Secrets by their form anywhere, and by the name of their setting."""
    if isinstance(node, Mapping):
        name = str(node.get("Name", node.get("Key", "")))
        for key, value in node.items():
            setting = name if key in ("Value", "value") else str(key)
            if named and isinstance(value, str) and SECRET_NAME.search(setting) and _written(value):
                yield Seen("secret by its name", f"{path}.{setting}", SECRETS)
            else:
                yield from _in(value, f"{path}.{key}", named=named)
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from _in(value, f"{path}.{number}", named=named)
    else:
        yield from _formed(node, path)


def _written(value: str) -> bool:
    """Whether a value is the secret itself, not a reference to it, nor a word that stands for none."""
    return not REFERENCE.match(value) and value.lower() not in HARMLESS and not value.isdigit()


def _formed(value: Any, path: str) -> Iterator[Seen]:
    if isinstance(value, str):
        for form in FORMS:
            found = form.pattern.search(value)
            if found and not EXAMPLES.search(found[0]):
                yield Seen(form.name, path, form.source)


def _in_text(text: str) -> Iterator[tuple[int, Seen]]:
    for form in FORMS:
        for found in form.pattern.finditer(text):
            if not EXAMPLES.search(found[0]):
                yield text.count("\n", 0, found.start()) + 1, Seen(form.name, "", form.source)


def _assets(place: Path) -> Iterator[tuple[str, str]]:
    """Texts of an assembly's assets, folders and zip files, by their name from the assembly."""
    for asset in sorted(place.glob("asset.*")) if place.is_dir() else ():
        if asset.suffix == ".zip" and zipfile.is_zipfile(asset):
            with zipfile.ZipFile(asset) as archive:
                for entry in archive.infolist():
                    if not entry.is_dir() and entry.file_size <= LARGEST:
                        yield from _text(f"{asset.name}/{entry.filename}", archive.read(entry))
            continue
        for file in sorted(asset.rglob("*")) if asset.is_dir() else (asset,):
            if file.is_file() and not file.is_symlink() and file.stat().st_size <= LARGEST:
                yield from _text(file.relative_to(place).as_posix(), file.read_bytes())


def _text(name: str, content: bytes) -> Iterator[tuple[str, str]]:
    if b"\0" not in content[:4096] and not re.search(r"\.(?:lock|sum)$", name):
        yield name, content.decode("utf-8", errors="replace")
