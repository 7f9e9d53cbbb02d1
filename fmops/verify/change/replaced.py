"""What a deployment would make anew: create-only properties that change, resources that go, logical ids that move.

A resource that another one's create-only property refers to takes that one with it when it is replaced. Sources: the
`createOnlyProperties` of AWS's resource schemas, and
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fmops.verify import schemas, stateful
from fmops.verify.change.pairs import Change, Pair, pointers, unknown
from fmops.verify.findings import Finding, Verdict, at
from fmops.verify.templates import Resource

SOURCE = (
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html"
)


@dataclass(frozen=True)
class Reason:
    """Why a resource is made anew: the property, and whether it certainly changes."""

    property: str
    verdict: Verdict
    why: str


def verify(change: Change) -> Iterator[Finding]:
    """A finding for each resource whose data would be lost or left behind, and for names that are taken."""
    anew = reasons(change)
    for pair in change.resources:
        if pair.old and pair.new and str(pair.new) in anew and (_holds(pair.new) or _unread(pair.new)):
            yield _replaced(pair.old, pair.new, anew[str(pair.new)])
    yield from _gone(change)


def reasons(change: Change) -> dict[str, Reason]:
    """Per resource (`stack/id`) that is made anew, why; those that follow from another's included."""
    both = [(pair.old, pair.new) for pair in change.resources if pair.old and pair.new]
    found = {str(new): reason for old, new in both if (reason := _reason(change, old, new))}
    referring = [(new, list(_references(change, new))) for _, new in both]
    while True:
        follow = {
            str(new): Reason(path, found[target].verdict, f"{path} refers to {target}, which is made anew")
            for new, references in referring
            if str(new) not in found
            for path, target in references
            if target in found
        }
        if not follow:
            return found
        found |= follow


def _reason(change: Change, old: Resource, new: Resource) -> Reason | None:
    if old.type != new.type:
        return Reason("Type", "found", f"its type changes from {old.type} to {new.type}")
    schema = schemas.load(new.type)
    if schema is None:
        before, after = change.value(change.old, old), change.value(change.new, new)
        why = f"{new.type} has no schema that says what its new properties do"
        return Reason("Properties", "not proven", why) if _differ(before, after) else None
    for key, verdict in (("createOnlyProperties", "found"), ("conditionalCreateOnlyProperties", "not proven")):
        for path in schemas.paths(schema, key):
            before, after = (_at(change, change.old, old, path), _at(change, change.new, new, path))
            if _differ(before, after):
                why = unknown(before) or unknown(after)
                changes = f"{path} changes" + (f", or may: {why}" if why else "")
                return Reason(path, "not proven" if why or verdict != "found" else "found", changes)
    return None


def _at(change: Change, side: Any, resource: Resource, path: str) -> Any:
    """The value at `A.*.B`: a list of what each item has there."""
    head, _, rest = path.partition(".*.")
    value = change.value(side, resource, head)
    return [_within(item, rest) for item in value] if rest and isinstance(value, list) else value


def _within(node: Any, path: str) -> Any:
    for name in path.split("."):
        node = node.get(name) if isinstance(node, dict) else None
    return node


def _differ(before: Any, after: Any) -> bool:
    return json.dumps(before, sort_keys=True) != json.dumps(after, sort_keys=True)


def _references(change: Change, resource: Resource) -> Iterator[tuple[str, str]]:
    """(create-only property, resource it refers to)."""
    for path in schemas.paths(schemas.load(resource.type) or {}, "createOnlyProperties"):
        yield from ((path, target) for target in pointers(_at(change, change.new, resource, path)))


def _replaced(old: Resource, new: Resource, reason: Reason) -> Finding:
    holds = stateful.STATEFUL.get(new.type, "what its service keeps")
    fate = "stays behind, in none of the templates" if stateful.kept(old, "UpdateReplacePolicy") else "is deleted"
    name = _name(new) if _name(new) == _name(old) else ""
    taken = f" Its name {name} is taken by the old one, so that the deployment fails." if name else ""
    certain = "is replaced" if reason.verdict == "found" else "may be replaced"
    return _finding(
        "Change-Replaced",
        new,
        f"{new} ({new.type}) {certain}: {reason.why}. The new one is empty; the old one, with {holds}, {fate}.{taken}",
        "Leave the property as it was, or move the data first and say so in the review.",
        (str(old), reason.property, "a new one"),
        reason.verdict,
    )


def _gone(change: Change) -> Iterator[Finding]:
    """Resources that are no more: moved where one like it appears, deleted otherwise."""
    appeared: dict[str, list[Resource]] = {}
    for pair in change.resources:
        if pair.new and not pair.old:
            appeared.setdefault(pair.new.type, []).append(pair.new)
    for pair in change.resources:
        if pair.old and not pair.new:
            yield from _one_gone(change, pair, appeared.get(pair.old.type, []))


def _one_gone(change: Change, pair: Pair, candidates: list[Resource]) -> Iterator[Finding]:
    old = pair.old
    if old is None:
        return
    target = next((new for new in candidates if _same(change, old, new)), None)
    if target:
        candidates.remove(target)
    name = _name(old)
    if target and (_holds(old) or name):
        holds = stateful.STATEFUL.get(old.type)
        fate = "stays behind, in none of the templates" if stateful.kept(old) else "is deleted"
        empty = f" The new one is empty; the old one, with {holds}, {fate}." if holds else ""
        taken = f" Its name {name} is taken by the old one, so that the deployment fails." if name else ""
        yield _finding(
            "Change-Moved",
            target,
            f"{old} ({old.type}) is now called {target}: CloudFormation makes a new one.{empty}{taken}",
            "Keep its logical id (in CDK: the construct's path), or use CloudFormation's refactoring of stacks.",
            (str(old), str(target)),
        )
    elif not target and (_holds(old) or _unread(old)):
        holds = stateful.STATEFUL.get(old.type, "what its service keeps")
        fate = f"stays behind, with {holds}" if stateful.kept(old) else f"is deleted, and with it {holds}"
        yield _finding(
            "Change-Deleted",
            old,
            f"{old} ({old.type}) leaves the templates: it {fate}.",
            "Leave it, or say in the review where its data went.",
            (str(old), "nothing"),
            "not proven" if _unread(old) else "found",
        )


def _same(change: Change, old: Resource, new: Resource) -> bool:
    """Whether two resources of a type are one under two ids: of the same name, or the same properties throughout.

    What they refer to may have moved with them, so that a reference counts by its attribute alone.
    """
    name = _name(old)
    if name or _name(new):
        return name == _name(new)
    before, after = change.value(change.old, old), change.value(change.new, new)
    return not _differ(_anonymous(before), _anonymous(after))


def _anonymous(value: Any) -> Any:
    if isinstance(value, dict):
        if value.keys() == {"to", "attribute"}:
            return {"to": value["attribute"]}
        return {key: _anonymous(inner) for key, inner in value.items()}
    return [_anonymous(inner) for inner in value] if isinstance(value, list) else value


def _name(resource: Resource) -> str:
    """The name that a template gives a resource, where its type is told apart by it; empty otherwise."""
    schema = schemas.load(resource.type) or {}
    ids = schemas.paths(schema, "primaryIdentifier")
    value = resource.properties.get(ids[0]) if len(ids) == 1 else None
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True) if value else ""


def _holds(resource: Resource) -> bool:
    return resource.type in stateful.STATEFUL


def _unread(resource: Resource) -> bool:
    return schemas.load(resource.type) is None


def _finding(
    rule: str, resource: Resource, message: str, remedy: str, path: tuple[str, ...], verdict: Verdict = "found"
) -> Finding:
    return at(
        resource,
        rule=rule,
        message=message,
        remedy=remedy,
        path=path,
        verdict=verdict,
        requirement="R11",
        source=SOURCE,
    )
