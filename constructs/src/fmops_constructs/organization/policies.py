"""The organisation's policies: rules by audience, packed, named, and what each is attached to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from fmops_constructs.names import PREFIX
from fmops_constructs.organization import declarative, packing
from fmops_constructs.organization.rule import RESOURCE_CONTROL, SERVICE_CONTROL, Kind, Rule, Statement
from fmops_constructs.organization.rules import RULES
from fmops_constructs.organization.scope import ALL, Scope

SHORT: dict[Kind, str] = {SERVICE_CONTROL: "scp", RESOURCE_CONTROL: "rcp"}


@dataclass(frozen=True)
class OrganizationPolicy:
    """One policy, as Organizations takes it.

    Attributes:
        name: stable: `fmops-scp-prod-1`.
        type: as AWS::Organizations::Policy names it.
        audience: an account type, or `all`.
        content: the document.
        targets: roots, units and accounts that it is attached to.
        rules: the ids of the rules that it holds.
    """

    name: str
    type: str
    audience: str
    content: dict[str, Any]
    targets: tuple[str, ...]
    rules: tuple[str, ...]

    @property
    def text(self) -> str:
        """The document as it counts against the limit."""
        return packing.text(self.content)

    @property
    def description(self) -> str:
        """What Organizations shows."""
        return f"FMOps: {', '.join(self.rules)}"


def policies(scope: Scope, rules: Sequence[Rule] = RULES) -> list[OrganizationPolicy]:
    """All policies of a scope: control policies for every account and for each account type, declarative ones for all.

    Args:
        rules: other rules than ours, for tests.

    Raises:
        TooLargeError: a rule doesn't fit into a policy, or a target would have more policies than it may.
    """
    found = [
        policy
        for kind in SHORT
        for audience in (ALL, *scope.accounts)
        for policy in _control(kind, audience, scope, rules)
    ]
    _check_number(scope, found)
    return [*found, *_declared(scope)]


def _control(kind: Kind, audience: str, scope: Scope, rules: Sequence[Rule]) -> Iterator[OrganizationPolicy]:
    documents = packing.pack(_statements(kind, audience, scope, rules))
    for number, content in enumerate(documents, 1):
        sids = [statement["Sid"].rstrip("0123456789") for statement in content["Statement"]]
        yield OrganizationPolicy(
            name=f"{PREFIX}-{SHORT[kind]}-{audience}-{number}",
            type=kind,
            audience=audience,
            content=content,
            targets=scope.targets_of(audience),
            rules=tuple(dict.fromkeys(sids)),
        )


def _statements(kind: Kind, audience: str, scope: Scope, rules: Sequence[Rule]) -> Iterator[Statement]:
    for rule in rules:
        if rule.kind == kind and (audience == ALL) == (rule.on is None) and (rule.on is None or audience in rule.on):
            said = rule.said(scope, audience)
            for number, statement in enumerate(said, 1):
                yield packing.minimised(statement, rule.id if len(said) == 1 else f"{rule.id}{number}")


def _check_number(scope: Scope, found: Sequence[OrganizationPolicy]) -> None:
    for kind, short in SHORT.items():
        for audience in scope.accounts:
            attached = [policy.name for policy in found if policy.type == kind and policy.audience in (ALL, audience)]
            if len(attached) > packing.PER_TARGET - 1:
                raise packing.TooLargeError(
                    f"{audience}: {len(attached)} policies of kind {short} ({', '.join(attached)}), a target takes "
                    f"{packing.PER_TARGET}, and one is AWS's own. List fewer models for this kind of account."
                )


def _declared(scope: Scope) -> Iterator[OrganizationPolicy]:
    targets = scope.targets_of(ALL)
    kept = [a.id for a in declarative.ATTRIBUTES if a is not declarative.BLOCK_PUBLIC_ACCESS]
    if scope.blocks_public_access:
        kept.insert(0, declarative.BLOCK_PUBLIC_ACCESS.id)
    yield OrganizationPolicy(
        f"{PREFIX}-ec2-{ALL}", "DECLARATIVE_POLICY_EC2", ALL, declarative.ec2(scope), targets, tuple(kept)
    )
    if scope.guardrails:
        held = (declarative.GUARDRAIL.id,)
        yield OrganizationPolicy(
            f"{PREFIX}-bedrock-{ALL}", "BEDROCK_POLICY", ALL, declarative.bedrock(scope), targets, held
        )
