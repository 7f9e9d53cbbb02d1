"""Whether service control policies let the execution role of each account do what its templates need.

Each action is asked as CloudFormation would ask it: by the role that the bootstrap makes, in the place's region, on a
resource within the role's rights, and with nothing else said. What is denied so is asked again for any request that
the rights describe. Denied in every case and certainly called is a problem; the rest is a warning.
"""

import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from fmops.bootstrap import packing
from fmops.bootstrap import rights as rights_of_bootstrap
from fmops.bootstrap.plan import Plan
from fmops.doctor import policy_types
from fmops.doctor.asking import Unasked, listed
from fmops.doctor.check import Check
from fmops.doctor.findings import Said, problem, unchecked, warning
from fmops.doctor.scene import Scene, Spot, resources
from fmops.local import needs
from fmops.verify.policy import (
    Caller,
    Decision,
    Policy,
    Principal,
    Proven,
    Question,
    Request,
    Situation,
    Target,
    Unknown,
    Unproven,
    conditions,
    evaluate,
    parse,
    prove,
)

KIND = "SERVICE_CONTROL_POLICY"
QUALIFIER = "hnb659fds"
ROLE = f"cdk-{QUALIFIER}-cfn-exec-role-{{account}}-{{region}}"
GLOBAL = ("budgets", "cloudfront", "iam", "organizations", "route53")
"""Services whose requests go to us-east-1, wherever they come from."""
ANYTHING = parse({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}, "identity", "the role's rights")
"""The role's own policies allow all that is asked here: only the control policies are in question."""
PROVING = threading.Lock()
"""The solver is asked by one thread at a time: it has one context."""
SHOWN = 6
"""Actions that a message names."""


class Right(NamedTuple):
    """An action that the execution role needs, on resources (patterns), under a Condition block."""

    action: str
    resources: tuple[str, ...]
    condition: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Levels:
    """The policies from the root to the account, and the account's path in the organisation."""

    policies: tuple[tuple[Policy, ...], ...]
    path: str


def certain(scene: Scene, plan: Plan) -> set[str]:
    """The actions, in lower case, that CloudFormation certainly calls to make what a place's templates say.

    The rights are more: all that AWS's handlers may ever call, for any property, update or deletion.
    """
    here = [stack for stack in scene.stacks if stack.place == (plan.account, plan.region)]
    made = {
        action.lower()
        for resource in resources(here)
        if resource.type.startswith("AWS::")  # else it is a function's of ours
        for action in needs.needed(resource.type, "create", dict(resource.properties))
    }
    return {*made, rights_of_bootstrap.HAND_OVER.lower()}


def rights(plan: Plan) -> Iterator[Right]:
    """What the execution role of a place may do, and so needs."""
    values = {
        "AWS::Partition": "aws",
        "AWS::Region": plan.region,
        "AWS::AccountId": plan.account,
        "Qualifier": QUALIFIER,
    }
    for document in plan.policies:
        for statement in packing.resolved(document, values)["Statement"]:
            for action in statement["Action"]:
                yield Right(action, tuple(statement["Resource"]), statement.get("Condition", {}))


def levels(scene: Scene, spot: Spot) -> Levels:
    """The control policies that bind an account; none where the type isn't enabled.

    Raises:
        Unasked: AWS doesn't tell, or a policy isn't understood.
    """
    chain = [str(spot.account)]
    while not chain[0].startswith("r-"):
        parents = _organizations(scene, "list_parents", ChildId=chain[0])["Parents"]
        chain.insert(0, parents[0]["Id"])
    path = "/".join([scene.foundation.organization.id, *chain[:-1], ""])
    if KIND not in policy_types.enabled(scene):
        return Levels((), path)
    return Levels(tuple(tuple(_attached(scene, target)) for target in chain), path)


def _attached(scene: Scene, target: str) -> Iterator[Policy]:
    for entry in listed(_organizations(scene, "list_policies_for_target", TargetId=target, Filter=KIND), "Policies"):
        content = _organizations(scene, "describe_policy", PolicyId=entry["Id"])["Policy"]["Content"]
        try:
            yield parse(content, "scp", f"{entry['Name']} ({entry['Id']})")
        except Unproven as why:
            raise Unasked(f"a policy isn't understood: {why}") from why


def _organizations(scene: Scene, operation: str, **parameters: Any) -> dict[str, Any]:
    return scene.aws.ask(None, scene.organization.region, "organizations", operation, **parameters)


def situation(scene: Scene, plan: Plan, found: Levels) -> Situation:
    """CloudFormation at work in a place."""
    name, organization = ROLE.format(account=plan.account, region=plan.region), scene.foundation.organization.id
    role = Principal(
        "role",
        f"arn:aws:iam::{plan.account}:role/{name}",
        plan.account,
        session=f"arn:aws:sts::{plan.account}:assumed-role/{name}/AWSCloudFormation",
        organisation=organization,
        organisation_path=found.path,
        tags={},
    )
    target = Target(plan.account, organisation=organization, organisation_path=found.path)
    return Situation(Caller(role, identity=(ANYTHING,), scps=found.policies), target)


def look(scene: Scene, spot: Spot) -> Iterator[Said]:
    """Asks every action of a place's execution role."""
    plan: Plan = spot.about
    found = levels(scene, spot)
    if not found.policies:
        return
    case = situation(scene, plan, found)
    role = case.caller.principal
    assert isinstance(role, Principal)  # noqa: S101 - see `situation`
    surely = certain(scene, plan)
    denied: dict[tuple[str, str], set[str]] = {}
    for right in rights(plan):
        for resource in right.resources:
            try:
                reason, ever = _asked(right, resource, plan.region, case, role)
            except Unproven as why:
                yield unchecked(f"{right.action}: {why}")
                continue
            if reason:
                how = "in some cases" if ever else "always" if right.action.lower() in surely else "perhaps"
                denied.setdefault((reason, how), set()).add(right.action)
    for (reason, how), actions in denied.items():
        yield _said(reason, how, actions)


def _asked(right: Right, resource: str, region: str, case: Situation, role: Principal) -> tuple[str, bool]:
    """(why an action on a resource is denied, whether some such request is allowed); no reason: it isn't denied.

    Raises:
        Unproven: the engine doesn't know.
    """
    place = "us-east-1" if right.action.partition(":")[0] in GLOBAL else region
    context: dict[str, str | tuple[str, ...]] = {"aws:RequestedRegion": place, "aws:SecureTransport": "true"}
    for keys in right.condition.values():
        context |= {key: _first(value) for key, value in keys.items()}
    decision = evaluate(Request(role, right.action, resource.replace("*", "x"), context), case)
    if decision.allowed:
        return "", True
    where = (
        *conditions({"StringEquals": {"aws:RequestedRegion": place}, "Bool": {"aws:SecureTransport": "true"}}),
        *conditions(right.condition),
    )
    with PROVING:
        answer = prove("sometimes", Question((right.action,), (resource,), where), case)
    if isinstance(answer, Unknown):
        raise Unproven(_reason(decision), answer.why)
    return _reason(decision), isinstance(answer, Proven)


def _first(value: Any) -> str:
    """A value that a condition lets through."""
    return str(value if isinstance(value, str) else value[0]).replace("*", "x")


def _reason(decision: Decision) -> str:
    named = ", ".join(str(statement) for statement in decision.statements)
    return named or decision.reason


SAY = {
    "always": (problem, "which its templates certainly need"),
    "perhaps": (warning, "which an update, a deletion or a property may need"),
    "in some cases": (warning, "in some cases: are its templates among them?"),
}


def _said(reason: str, how: str, actions: Iterable[str]) -> Said:
    say, which = SAY[how]
    return say(
        f"{reason} denies {_names(actions)} to CloudFormation's role, {which}",
        f"If it is needed, except arn:aws:iam::*:role/{ROLE.format(account='*', region='*')} (aws:PrincipalArn) there.",
    )


def _names(actions: Iterable[str]) -> str:
    every = sorted(set(actions))
    rest = len(every) - SHOWN
    return ", ".join(every[:SHOWN]) + (f" and {rest} more" if rest > 0 else "")


CHECK = Check(
    "control policies",
    "service control policies from the root to each account, and what its execution role needs",
    "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html",
    lambda scene: scene.planned(),
    look,
)
