"""Permissions that a change widens: a request that is allowed after it and wasn't before, found by proof.

Such a request matches an Allow that is new or a Deny that is gone, or its boundary is gone: so that each of those is
asked about, and nothing else. Documents that are the same on both sides are not asked at all.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fmops.verify.change.pairs import Change
from fmops.verify.change.subjects import FULL, Known, Policies, Subject, both
from fmops.verify.estate.documents import Written
from fmops.verify.findings import Finding, Verdict, at
from fmops.verify.policy import Counterexample, Proven, Question, Unknown, Unproven, parse, widened
from fmops.verify.policy.documents import Kind
from fmops.verify.templates import Resource

SOURCE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html"
RULE = "Change-Widened"
REMEDY = "Narrow it to what is needed, or say in the review why it is."
PRINCIPALS = ("role", "user", "group", "managed policy")
Statement = Mapping[str, Any]
Documents = Mapping[Kind, tuple[Mapping[str, Any], ...]]


def verify(change: Change, known: Known | None = None) -> Iterator[Finding]:
    """A finding for each statement that lets through what wasn't let through, with a request that shows it.

    Args:
        known: documents by patterns of ARNs, of policies that the templates name and don't hold.
    """
    asked: set[Resource] = set()
    for old, new, matters in both(change, known or {}):
        asked |= {one.resource for side in (old, new) if side for many in side.layers.values() for one in many}
        subject = new or old
        if subject and matters:
            yield from _subject(subject, old, new)
    yield from _unasked(change, asked)


def _subject(subject: Subject, old: Subject | None, new: Subject | None) -> Iterator[Finding]:
    before, after = _wide(old), _wide(new)
    if subject.noun in PRINCIPALS and not (old and new):
        yield from _newcomer(subject, after)
        return
    unsure = sorted(set(_reasons(new)) - set(_reasons(old)))
    if unsure:
        yield _finding(subject, "unknown", f"what its policy says isn't told: {unsure[0]}", "not proven", "")
    if _text(before) == _text(after):
        return
    exact = _exact(new) and _exact(old)
    for name, statement in _changed(before, after):
        yield from _ask(subject, name, statement, before, after, exact=exact)


def _newcomer(subject: Subject, after: Documents) -> Iterator[Finding]:
    """One finding for somebody who is new: everything that it may do wasn't done before. None for who is gone."""
    actions = [str(a) for one in after.get("identity", ()) for s in _statements(one) for a in _list(s.get("Action"))]
    if actions:
        listed = ", ".join(sorted(set(actions))[:6]) + (" and more" if len(set(actions)) > 6 else "")
        yield _finding(subject, "new", f"it is new, and may ask for {listed}", "found", "")


def _ask(
    subject: Subject, name: str, statement: Statement, before: Documents, after: Documents, *, exact: bool
) -> Iterator[Finding]:
    question = Question(_actions(statement), subject.resources or _resources(statement), subject.where)
    try:
        answer = widened(question, subject.situation(_parsed(before)), subject.situation(_parsed(after)))
    except Unproven as why:
        answer = Unknown(str(why))
    if isinstance(answer, Proven):
        return
    if isinstance(answer, Counterexample):
        words = f"a request is allowed that wasn't: {answer.words}"
        yield _finding(subject, name, words, "found" if exact else "not proven", "")
    else:
        yield _finding(subject, name, "whether it allows more than before isn't proven", "not proven", answer.why)


def _changed(before: Documents, after: Documents) -> Iterator[tuple[str, Statement]]:
    """New Allows and gone Denies, with a name each; where a document that limits is gone, all that is allowed."""
    for kind in sorted({**before, **after}):
        olds = [s for one in before.get(kind, ()) for s in _statements(one)]
        news = [s for one in after.get(kind, ()) for s in _statements(one)]
        if before.get(kind) and not after.get(kind) and kind in ("boundary", "endpoint"):
            allowed = [s for one in after.get("identity", (FULL,)) for s in _statements(one) if _is(s, "Allow")]
            yield from ((f"{kind} gone, {_name(s, number)}", s) for number, s in enumerate(allowed))
            continue
        for number, statement in enumerate(news):
            if _is(statement, "Allow") and statement not in olds:
                yield f"{kind} allows, {_name(statement, number)}", statement
        for number, statement in enumerate(olds):
            if _is(statement, "Deny") and statement not in news:
                yield f"{kind} denied, {_name(statement, number)}", statement


def _is(statement: Statement, effect: str) -> bool:
    return statement.get("Effect") == effect


def _name(statement: Statement, number: int) -> str:
    return str(statement.get("Sid") or f"statement {number}")


def _wide(subject: Subject | None) -> Documents:
    """The documents of a subject, by kind, with what isn't told read as everything."""
    if subject is None:
        return {}
    made: dict[Kind, tuple[Mapping[str, Any], ...]] = {}
    for kind, documents in subject.layers.items():
        read = [_union(one) for one in documents]
        made[kind] = (_one(read),) if kind in ("resource", "trust", "boundary") else tuple(read)
    return made


def _union(written: Written) -> Mapping[str, Any]:
    """All variants as one: whatever one of them allows, and what all of them deny."""
    readings = [reading.wide for reading in written.readings]
    allows = [s for one in readings for s in _statements(one) if not _is(s, "Deny")]
    first = [s for s in _statements(readings[0]) if _is(s, "Deny")]
    denies = [s for s in first if all(s in _statements(one) for one in readings[1:])]
    unique: list[Statement] = []
    for statement in (*allows, *denies):
        unique += [] if statement in unique else [statement]
    return {"Version": str(readings[0].get("Version", "2008-10-17")), "Statement": unique}


def _one(documents: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Several policies of one thing as one: AWS asks them together."""
    version = max((str(one.get("Version", "")) for one in documents), default="2012-10-17")
    return {"Version": version, "Statement": [s for one in documents for s in _statements(one)]}


def _statements(document: Mapping[str, Any]) -> list[Statement]:
    return [one for one in _list(document.get("Statement")) if isinstance(one, Mapping)]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _reasons(subject: Subject | None) -> Iterator[str]:
    for documents in subject.layers.values() if subject else ():
        yield from (why for one in documents for reading in one.readings for why in reading.unknown)


def _exact(subject: Subject | None) -> bool:
    """Whether everything is told, and no condition of a template decides."""
    documents = [one for many in subject.layers.values() for one in many] if subject else []
    return all(len(one.readings) == 1 and not one.readings[0].unknown for one in documents)


def _parsed(documents: Documents) -> Policies:
    return {kind: tuple(parse(one, kind, f"{kind} policy") for one in many) for kind, many in documents.items()}


def _actions(statement: Statement) -> tuple[str, ...]:
    return tuple(str(one) for one in _list(statement.get("Action"))) or ("*",)


def _resources(statement: Statement) -> tuple[str, ...]:
    """What a statement names; everything where it names variables, whose values the request gives."""
    named = tuple(str(one) for one in _list(statement.get("Resource")))
    return named if named and not any("${" in one for one in named) else ("*",)


def _text(documents: Documents) -> str:
    return json.dumps(documents, sort_keys=True, default=str)


def _unasked(change: Change, asked: set[Resource]) -> Iterator[Finding]:
    """Policies of types that aren't known to have one: a change of theirs is said, and not proven."""
    for pair in change.resources:
        new = pair.new
        if new is None or new in asked or pair.old in asked:
            continue
        after = _policies(change.value(change.new, new))
        if after and after != (_policies(change.value(change.old, pair.old)) if pair.old else []):
            says = f"{new} ({new.type}) has a policy that changes, and isn't understood: whether it allows more"
            yield _made(new, f"{says} isn't proven.", "not proven", ("policy", "not understood"))


def _policies(value: Any) -> list[str]:
    """Every policy in a plain value, as text."""
    if isinstance(value, Mapping):
        inner = [found for item in value.values() for found in _policies(item)]
        return [json.dumps(value, sort_keys=True)] if "Statement" in value and "Effect" in str(value) else inner
    if isinstance(value, list):
        return [found for item in value for found in _policies(item)]
    return [value] if isinstance(value, str) and '"Statement"' in value and '"Effect"' in value else []


def _finding(subject: Subject, name: str, says: str, verdict: Verdict, why: str) -> Finding:
    resource = subject.resource
    message = f"{resource} ({subject.noun}), {name}: {says}" + (f" ({why})." if why else ".")
    return _made(resource, message, verdict, (subject.key, name))


def _made(resource: Resource, message: str, verdict: Verdict, path: tuple[str, ...]) -> Finding:
    return at(
        resource,
        rule=RULE,
        message=message,
        remedy=REMEDY,
        path=path,
        verdict=verdict,
        requirement="R24",
        source=SOURCE,
    )
