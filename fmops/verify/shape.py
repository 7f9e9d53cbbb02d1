"""The shape of a template: what isn't as CloudFormation has it is left out, and said, so that the rest can be read."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

LOOP = "Fn::ForEach::"
Body = Mapping[str, Any]
PARTS: Mapping[str, Mapping[str, type]] = {
    "Resources": {"Properties": Mapping, "Metadata": Mapping, "Type": str},
    "Outputs": {"Export": Mapping},
    "Parameters": {"AllowedValues": list, "Type": str},
    "Mappings": {},
    "Conditions": {},
}
"""Sections, and what the parts of their entries must be."""
ANYTHING = ("Conditions",)
"""Sections whose entries may be anything."""


def tidy(body: Body) -> tuple[dict[str, Any], list[str]]:
    """A body in which each section is a mapping of names to mappings, and what was left out, by its place."""
    made, mistakes = dict(body), list[str]()
    for section, parts in PARTS.items():
        content = body.get(section)
        if content is None:
            made[section] = {}
        elif isinstance(content, Mapping):
            made[section] = dict(_entries(section, content, parts, mistakes.append))
        else:
            made[section] = {}
            mistakes.append(f"{section} is no mapping")
    return made, mistakes


def _entries(
    section: str, content: Body, parts: Mapping[str, type], wrong: Callable[[str], None]
) -> Iterator[tuple[str, Any]]:
    for key, entry in content.items():
        name, place = str(key), f"{section}.{key}"
        if name.startswith(LOOP) or section in ANYTHING:
            yield name, entry
        elif not isinstance(entry, Mapping):
            wrong(f"{place} is no mapping")
        else:
            bad = [part for part, kind in parts.items() if entry.get(part) is not None and not _is(entry[part], kind)]
            for part in bad:
                wrong(f"{place}.{part} is no {'mapping' if parts[part] is Mapping else parts[part].__name__}")
            yield name, {part: value for part, value in entry.items() if part not in bad} if bad else entry


def _is(value: Any, kind: type) -> bool:
    return isinstance(value, kind)
