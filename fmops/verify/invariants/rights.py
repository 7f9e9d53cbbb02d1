"""What roles and users may do by their own policies: change rights, hand over roles, take any, call models."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from fmops.verify.estate import Holder
from fmops.verify.invariants import actions
from fmops.verify.invariants.asking import Asking, could
from fmops.verify.invariants.model import Breach
from fmops.verify.invariants.turns import PROVEN, Answer
from fmops.verify.policy import Question, conditions

Exceptions = Callable[[Asking, Holder], list[dict[str, Any]]]


def _none(_asking: Asking, _holder: Holder) -> list[dict[str, Any]]:
    return []


@dataclass(frozen=True)
class Right:
    """Something that nobody may be able to do.

    Attributes:
        does: what, in a few words: a hop of the path.
        actions: patterns.
        resources: patterns of ARNs, with `{account}` for the holder's.
        where: a Condition block that the requests fulfil.
        unless: blocks that make a request harmless.
        but: patterns of resources that it isn't about.
    """

    does: str
    actions: tuple[str, ...]
    resources: tuple[str, ...] = ("*",)
    where: dict[str, Any] = field(default_factory=dict)
    unless: Exceptions = _none
    but: tuple[str, ...] = ()

    def ask(self, asking: Asking, holder: Holder) -> Answer:
        """Whether a role or user can do it."""
        question = Question(
            self.actions,
            tuple(one.format(account=holder.account) for one in self.resources),
            conditions(self.where),
            tuple(conditions(block) for block in self.unless(asking, holder)),
            self.but,
        )
        return asking.holder(holder, question)


def _bounded(asking: Asking, _holder: Holder) -> list[dict[str, Any]]:
    """A right over roles that have a boundary raises nobody above it."""
    patterns = [asking.settings.boundary] if asking.settings.boundary else list(asking.boundaries)
    return [{"ArnLike": {"iam:PermissionsBoundary": patterns}}] if patterns else []


def _named_services(asking: Asking, _holder: Holder) -> list[dict[str, Any]]:
    return [{"StringEquals": {"iam:PassedToService": list(asking.passed_to)}}] if asking.passed_to else []


CHANGES = (
    Right("changes what roles and users may do", actions.UNDER_A_BOUNDARY, unless=_bounded),
    Right("changes policies, trust or membership", actions.AT_WILL),
    Right("takes another's credentials", actions.CREDENTIALS, ("arn:aws:iam::{account}:user/somebody-else",)),
)
"""Ways to raise one's own rights by IAM itself."""

HANDS_OVER = (
    Right("hands any role to a service", ("iam:PassRole",), ("arn:aws:iam::{account}:role/one-that-no-policy-names",)),
    Right("hands a role to any service", ("iam:PassRole",), unless=_named_services),
)
TAKES = (
    Right("takes any role of any account", ("sts:AssumeRole",), ("arn:aws:iam::999999999999:role/somebody-elses",)),
    Right(
        "takes any role of the account", ("sts:AssumeRole",), ("arn:aws:iam::{account}:role/one-that-no-policy-names",)
    ),
)
EVERYTHING = (Right("does anything with anything", ("anything:Whatever",), ("arn:aws:anything:region:{account}:any",)),)


def nobody(
    *rights: Right, but: Callable[[Asking, Holder], bool] = lambda _asking, _holder: False
) -> Callable[[Asking], Iterator[Breach]]:
    """Asks of every role and user whether it can do one of several things; who can do more is named for one.

    Args:
        but: whom it isn't asked of.
    """

    def ask(asking: Asking) -> Iterator[Breach]:
        for holder in asking.estate.holders:
            if holder.kind == "group" or but(asking, holder):
                continue
            broken = [(right, answer) for right in rights if (answer := right.ask(asking, holder)) != PROVEN]
            if broken:
                right, answer = next((one for one in broken if one[1].verdict == "found"), broken[0])
                yield Breach(holder.resource, holder.arn, right.does, answer)

    return ask


def administrator(asking: Asking, holder: Holder) -> bool:
    """Whether the settings say that somebody may change rights."""
    return any(fnmatchcase(holder.arn, pattern) for pattern in asking.settings.administrators)


def reaches(asking: Asking) -> Iterator[Breach]:
    """Roles that take, or hand to a service, a role that changes rights: in one step or in several."""
    people = [holder for holder in asking.estate.holders if holder.kind != "group"]
    strong = [one for one in people if administrator(asking, one) or _changes(asking, one)]
    reached = {one.arn for one in strong}
    while strong:
        next_ = []
        for holder in people:
            if holder.arn in reached or administrator(asking, holder):
                continue
            for target in strong:
                way, answer = _way(asking, holder, target)
                if answer.verdict != "proven":
                    yield Breach(holder.resource, holder.arn, f"{way} {target.arn}, which can raise rights", answer)
                    reached.add(holder.arn)
                    next_.append(holder)
                    break
        strong = next_


def _changes(asking: Asking, holder: Holder) -> bool:
    return any(right.ask(asking, holder).verdict == "found" for right in CHANGES)


def _way(asking: Asking, holder: Holder, target: Holder) -> tuple[str, Answer]:
    """How one comes to act as another."""
    if target.kind == "role" and could(holder.identity, ("sts:AssumeRole",)):
        answer = asking.holder(holder, Question(("sts:AssumeRole",), (target.arn,)), target=target)
        if answer.verdict != "proven":
            return "takes", answer
    if target.kind == "role" and target.account == holder.account:
        answer = asking.holder(holder, Question(("iam:PassRole",), (target.arn,)))
        if answer.verdict != "proven":
            return "hands to a service", answer
    return "", PROVEN


def models(asking: Asking) -> Iterator[Breach]:
    """Roles that call a model outside of the allow-list."""
    allowed = asking.settings.models
    if allowed:
        other = Right("calls a model that isn't allowed", actions.CALLS, ("arn:aws:bedrock:*",), but=allowed)
        yield from nobody(other)(asking)


def guardrails(asking: Asking) -> Iterator[Breach]:
    """Roles that call a model without the guardrail, or by a door that carries none."""
    required = asking.settings.guardrails
    if not required:
        return

    def guarded(_asking: Asking, _holder: Holder) -> list[dict[str, Any]]:
        return [{"ArnLike": {"bedrock:GuardrailIdentifier": list(required)}}]

    yield from nobody(
        Right("calls a model without the guardrail", actions.CALLS, unless=guarded),
        Right("calls a model by a door without guardrails", actions.DOORS_WITHOUT_GUARDRAIL),
    )(asking)


def unbounded(asking: Asking) -> Iterator[Breach]:
    """Roles and users without the permissions boundary."""
    wanted = asking.settings.boundary
    for holder in asking.estate.holders:
        if wanted and holder.kind != "group" and not fnmatchcase(holder.boundary_name, wanted):
            has = f"its boundary is {holder.boundary_name}" if holder.boundary_name else "it has no boundary"
            yield Breach(holder.resource, holder.arn, f"the boundary {wanted}", Answer("found", has))
