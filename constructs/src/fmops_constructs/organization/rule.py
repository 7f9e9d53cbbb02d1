"""What a rule of an organisation policy is: a fact about it in words, and the statements that hold it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from fmops_constructs.organization.scope import Scope

Statement = dict[str, Any]
Kind = Literal["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"]
"""As AWS::Organizations::Policy names it."""

DEPLOYERS = "arn:aws:iam::*:role/cdk-hnb659fds-cfn-exec-role-*"
"""The execution roles of the CDK's bootstrap: who deploys stacks, in any account."""
SERVICE_CONTROL: Kind = "SERVICE_CONTROL_POLICY"
RESOURCE_CONTROL: Kind = "RESOURCE_CONTROL_POLICY"

Said = Callable[[Scope, str], Sequence[Statement]]
"""(scope, account type) -> statements without Sid; none where the rule has nothing to say there."""


@dataclass(frozen=True)
class Rule:
    """One rule.

    Attributes:
        id: letters and digits; the Sid of its statements begins with it.
        what: what is denied, in words.
        reason: why.
        requirements: the numbers that it serves, e.g. `R28`.
        source: the page that backs it.
        said: its statements.
        on: the account types that it holds for; None for every account, in the same words.
        kind: service control policies bind who acts, resource control policies what is acted on.
    """

    id: str
    what: str
    reason: str
    requirements: tuple[str, ...]
    source: str
    said: Said
    on: tuple[str, ...] | None = None
    kind: Kind = SERVICE_CONTROL


def deny(
    *actions: str,
    on: str | Sequence[str] = "*",
    but: Sequence[str] | None = None,
    when: Mapping[str, Any] | None = None,
    unless: Sequence[str] = (),
) -> Statement:
    """A statement that denies.

    Args:
        actions: that are denied.
        on: the resources.
        but: instead of `on`, all resources but these.
        when: the condition.
        unless: patterns of roles' ARNs that it doesn't bind.
    """
    condition: dict[str, Any] = {operator: dict(keys) for operator, keys in (when or {}).items()}
    if unless:
        condition.setdefault("ArnNotLike", {})["aws:PrincipalArn"] = sorted(unless)
    return {
        "Effect": "Deny",
        "Action": sorted(actions),
        **({"Resource": on if isinstance(on, str) else sorted(on)} if but is None else {"NotResource": sorted(but)}),
        **({"Condition": condition} if condition else {}),
    }


def always(*statements: Statement) -> Said:
    """The same statements whatever the organisation looks like."""
    return lambda _scope, _account_type: statements
