"""Tags that everything should carry, where its type can carry any."""

from collections.abc import Iterator, Sequence
from typing import Any

from fmops.verify import schemas
from fmops.verify.findings import Finding
from fmops.verify.posture.settings import finding, page
from fmops.verify.values import Unknown, World, many


def verify(world: World, keys: Sequence[str]) -> Iterator[Finding]:
    """A finding for each resource that lacks one of the keys."""
    for resource in world.resources() if keys else ():
        schema = schemas.load(resource.type)
        name = schemas.tags(schema) if schema else None
        if name is None:
            continue
        entries = many(world.get(resource, name))
        there = set(_keys(entries))
        unsure = next((entry for entry in entries if isinstance(entry, Unknown)), None)
        for key in keys:
            if key not in there:
                says = f"whether it has the tag {key} isn't told ({unsure})" if unsure else f"it lacks the tag {key}"
                yield finding(
                    "Posture-Tag",
                    resource,
                    f"{resource} ({resource.type}): {says}.",
                    f"Tag it: {name}, {key}.",
                    (key,),
                    unproven=unsure is not None,
                    requirement="R7",
                    source=page(resource.type),
                )


def _keys(entries: Sequence[Any]) -> Iterator[str]:
    """Of a list of Key and Value (or TagKey and TagValue), or of a mapping."""
    for entry in entries:
        if isinstance(entry, dict):
            named = entry.get("Key", entry.get("TagKey"))
            yield from [str(named)] if named is not None else map(str, entry)
