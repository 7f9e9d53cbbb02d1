"""The access matrix, cell by cell: who can, and who cannot, do what (R24)."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from fmops.verify.estate import Guarded, Holder
from fmops.verify.findings import Finding
from fmops.verify.invariants.asking import Answer, Asking
from fmops.verify.invariants.settings import Cell
from fmops.verify.policy import Question, Unproven, conditions
from fmops.verify.policy.patterns import overlap
from fmops.verify.templates import Template

ID = "Policy-Matrix"
SOURCE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html"


def findings(asking: Asking, file: Template) -> Iterator[Finding]:
    """A finding for each cell that isn't so.

    Args:
        file: to name where nobody is who a cell is about.
    """
    for cell in asking.settings.cells:
        holders = [one for one in asking.estate.holders if one.kind != "group" and fnmatchcase(one.arn, cell.who)]
        if not holders:
            answer = Answer("not proven", f"no role or user of the templates is {cell.who}")
            yield _finding(cell, None, file, answer)
        for holder in holders:
            answer = ask(asking, cell, holder)
            if answer.verdict != "proven":
                yield _finding(cell, holder, holder.resource.template, answer)


def ask(asking: Asking, cell: Cell, holder: Holder) -> Answer:
    """Whether a cell is so, for one role or user."""
    try:
        where, unless = conditions(cell.where), tuple(conditions(one) for one in cell.unless)
    except Unproven as problem:
        return Answer("not proven", f"{problem.place}: {problem.why}")
    answers: list[Answer] = []
    for target, resources in _targets(asking, cell):
        question = Question(cell.actions, resources, where, unless)
        answers.append(asking.holder(holder, question, "sometimes" if cell.can else "never", target))
        if cell.can and answers[-1].verdict == "proven":
            return answers[-1]
    order = ("not proven", "found") if cell.can else ("found", "not proven")
    return next((one for verdict in order for one in answers if one.verdict == verdict), answers[0])


def _targets(asking: Asking, cell: Cell) -> Iterator[tuple[Guarded | Holder | None, tuple[str, ...]]]:
    """What the cell's resources are guarded by; what nothing guards, or nothing that is known, stands alone."""
    whole: set[str] = set()
    for holder in asking.estate.holders:
        if holder.kind == "role" and "sts:" in "".join(cell.actions) and holder.arn in cell.resources:
            whole.add(holder.arn)
            yield holder, (holder.arn,)
    for guarded in asking.estate.guarded:
        if not any(overlap(one.lower(), action.lower()) for one in guarded.actions for action in cell.actions):
            continue
        resources = tuple(
            dict.fromkeys(_narrower(arn, one) for one in cell.resources for arn in guarded.arns if overlap(arn, one))
        )
        if resources:
            whole |= {one for one in cell.resources if one in resources}
            yield guarded, resources
    left = tuple(one for one in cell.resources if one not in whole)
    if left:
        yield None, left


def _narrower(guarded: str, asked: str) -> str:
    return guarded if asked == "*" or fnmatchcase(guarded, asked) else asked


def _finding(cell: Cell, holder: Holder | None, template: Template, answer: Answer) -> Finding:
    who = holder.arn if holder else cell.who
    what = f"{', '.join(cell.actions)} on {', '.join(cell.resources)}"
    says = f"{cell.name or who} {'can' if cell.can else 'cannot'} {what}: {cell.reason}"
    found = answer.verdict == "found"
    return Finding(
        rule=ID,
        file=template.file,
        stack=template.stack,
        logical_id=holder.resource.logical_id if holder else "",
        construct=holder.resource.construct if holder else "",
        message=f"{says.rstrip('.')}. {'But' if found else 'Not proven'}: {answer.words.rstrip('.')}.",
        remedy="Give the right to it, or take it away; or change the matrix." if found else "Name who it is about.",
        path=(cell.name or cell.reason, who, *answer.statements, what),
        verdict="found" if found else "not proven",
        requirement=cell.requirement,
        source=SOURCE,
    )
