"""The access matrix, cell by cell: who can, and who cannot, do what (R24)."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from fmops.verify.estate import Guarded, Holder
from fmops.verify.findings import Finding
from fmops.verify.invariants.asking import Asking, statements_of
from fmops.verify.invariants.settings import Cell
from fmops.verify.invariants.turns import Answer, Claim, best, worst
from fmops.verify.policy import Question, Unproven, conditions
from fmops.verify.policy.patterns import overlap
from fmops.verify.templates import Template

ID = "Policy-Matrix"
TAKE, NAME = ("sts:AssumeRole",), "sts:SourceIdentity"
SOURCE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html"


def findings(asking: Asking, template: Template) -> Iterator[Finding]:
    """A finding for each cell that isn't so.

    Args:
        template: to name where nobody is who a cell is about.
    """
    for cell in asking.settings.cells:
        if cell.claim == "no-person":
            for holder, answer in _persons(asking, cell):
                yield _finding(cell, holder, holder.resource.template, answer)
            continue
        for pattern in cell.principals:
            holders = [one for one in asking.estate.holders if one.kind != "group" and fnmatchcase(one.arn, pattern)]
            if not holders:
                yield _finding(cell, pattern, template, Answer("not proven", "no role or user of the templates is it"))
            for holder in holders:
                answer = ask(asking, cell, holder)
                if answer.verdict != "proven":
                    yield _finding(cell, holder, holder.resource.template, answer)


def ask(asking: Asking, cell: Cell, holder: Holder) -> Answer:
    """Whether a cell is so, for one role or user."""
    if cell.claim == "never":
        return worst(list(_asked(asking, cell, holder, cell.actions, "never")))
    return worst([best(list(_asked(asking, cell, holder, (action,), "sometimes"))) for action in cell.actions])


def _asked(asking: Asking, cell: Cell, holder: Holder, actions: tuple[str, ...], claim: Claim) -> Iterator[Answer]:
    """The answers for all that guards the cell's resources."""
    try:
        where = conditions(cell.where, cell.id)
    except Unproven as problem:
        yield Answer("not proven", f"{problem.place}: {problem.why}")
        return
    for target, resources in _targets(asking, cell, actions):
        yield asking.holder(holder, Question(actions, resources, where), claim, target, cell.tags)


def _persons(asking: Asking, cell: Cell) -> Iterator[tuple[Holder, Answer]]:
    """Roles of an account that are there for people: who takes one must say in whose name, or signs in elsewhere."""
    for holder in asking.estate.holders:
        if holder.account != cell.account or holder.trust is None:
            continue
        if any(fnmatchcase(holder.arn, pattern) for pattern in cell.principals):
            continue
        someone = asking.insider(cell.account)
        named = asking.trust(holder, someone, Question(TAKE, (holder.arn,), conditions({"Null": {NAME: "false"}})))
        unnamed = asking.trust(holder, someone, Question(TAKE, (holder.arn,), conditions({"Null": {NAME: "true"}})))
        if named.verdict != "proven" and unnamed.verdict == "proven":
            yield holder, named
        elif any("Federated" in (one.get("Principal") or ()) for one in statements_of([holder.trust])):
            yield holder, Answer("found", "an identity provider's users take it")


def _targets(
    asking: Asking, cell: Cell, actions: tuple[str, ...]
) -> Iterator[tuple[Guarded | Holder | None, tuple[str, ...]]]:
    """What the cell's resources are guarded by; what nothing guards, or nothing that is known, stands alone."""
    whole: set[str] = set()
    for holder in asking.estate.holders:
        if holder.kind == "role" and "sts:AssumeRole" in actions and holder.arn in cell.resources:
            whole.add(holder.arn)
            yield holder, (holder.arn,)
    for guarded in asking.estate.guarded:
        if not any(overlap(one.lower(), action.lower()) for one in guarded.actions for action in actions):
            continue
        near = [one for one in cell.resources for arn in guarded.arns if _near(arn, one)]
        resources = tuple(
            dict.fromkeys(_narrower(arn, one) for one in near for arn in guarded.arns if overlap(arn, one))
        )
        if resources:
            whole |= {one for one in cell.resources if one in resources}
            yield guarded, resources
    left = tuple(one for one in cell.resources if one not in whole)
    if left:
        yield None, left


def _near(one: str, two: str) -> bool:
    """Whether two patterns begin alike; most don't, and this is quick."""
    first, second = (pattern.partition("*")[0].partition("?")[0].partition("$")[0] for pattern in (one, two))
    return first.startswith(second) or second.startswith(first)


def _narrower(guarded: str, asked: str) -> str:
    return guarded if asked == "*" or fnmatchcase(guarded, asked) else asked


def _finding(cell: Cell, holder: Holder | str, template: Template, answer: Answer) -> Finding:
    known = holder if isinstance(holder, Holder) else None
    who = holder.arn if isinstance(holder, Holder) else holder
    found = answer.verdict == "found"
    return Finding(
        rule=ID,
        file=template.file,
        stack=template.stack,
        logical_id=known.resource.logical_id if known else "",
        construct=known.resource.construct if known else "",
        message=f"{cell.id} ({cell.reason}): {'' if found else 'not proven: '}{answer.words.rstrip('.')}.",
        remedy="Put the policies right, or the matrix." if found else "Name the templates that hold it, or say it so.",
        path=(cell.id, who, *answer.statements),
        verdict="found" if found else "not proven",
        requirement=cell.requirement,
        source=SOURCE,
    )
