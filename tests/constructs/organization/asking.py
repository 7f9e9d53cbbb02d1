"""What a request is answered under the organisation's policies, by the policy engine of `fmops verify`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from fmops_constructs.organization import RULES, OrganizationPolicy, Scope, policies, scope
from fmops_constructs.organization.rule import RESOURCE_CONTROL, SERVICE_CONTROL, Rule

from fmops.verify.policy import Caller, Kind, Policy, Principal, Request, Situation, Target, evaluate, parse
from tests.assemblies import example

SCOPE = replace(
    scope(example()),
    trusted_accounts=("000000000777",),
    guardrails={"eu-west-1": "arn:aws:bedrock:eu-west-1:000000000001:guardrail/abc:1"},
    blocks_public_access=True,
)
"""The example organisation, with everything that can be asked for."""

ORGANISATION = SCOPE.organization
DEPLOYER = "arn:aws:iam::{account}:role/cdk-hnb659fds-cfn-exec-role-{account}-eu-west-1"
SOMEBODY = "arn:aws:iam::{account}:role/somebody"
LANDING_ZONE = "arn:aws:iam::{account}:role/AWSControlTowerExecution"
EVERYTHING = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'
TO_EVERYBODY = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}'

ENGINE: dict[str, Kind] = {SERVICE_CONTROL: "scp", RESOURCE_CONTROL: "rcp"}
Values = Mapping[str, str | tuple[str, ...]]


@dataclass(frozen=True)
class Ask:
    """A request in an account of a type; `{account}` stands for its id.

    Attributes:
        by: the role that asks, in the account unless it names another.
        organisation: of who asks.
        service: the AWS service that asks instead.
    """

    action: str
    resource: str = "*"
    context: Values = field(default_factory=dict)
    by: str = SOMEBODY
    kind: str = "prod"
    organisation: str = ORGANISATION
    service: str = ""
    root: bool = False

    def but(self, **changes: object) -> "Ask":
        """The same with changes."""
        return replace(self, **changes)  # type: ignore[arg-type] # names are checked by dataclasses


@cache
def made(rules: tuple[Rule, ...] = RULES) -> tuple[OrganizationPolicy, ...]:
    """The policies of the rules."""
    return tuple(policies(SCOPE, rules))


@cache
def read(text: str, kind: Kind, place: str) -> Policy:
    """A policy, as the engine reads it."""
    return parse(text, kind, place)


def level(
    found: Sequence[OrganizationPolicy], type_: str, account_type: str, scope_: Scope = SCOPE
) -> tuple[Policy, ...]:
    """The policies of a type that are attached to the accounts of a kind."""
    account = scope_.accounts[account_type][0]
    attached = [policy for policy in found if policy.type == type_ and account in policy.targets]
    return tuple(read(policy.text, ENGINE[type_], policy.name) for policy in attached)


def allowed(ask: Ask, found: Sequence[OrganizationPolicy] | None = None, scope_: Scope = SCOPE) -> bool:
    """Whether a request that all other policies allow goes through."""
    found = made() if found is None else found
    account = scope_.accounts[ask.kind][0]
    arn = f"arn:aws:iam::{account}:root" if ask.root else ask.by.replace("{account}", account)
    if ask.service:
        principal = Principal("service", ask.service)
    else:
        principal = Principal("root" if ask.root else "role", arn, arn.split(":")[4], organisation=ask.organisation)
    inside = ask.organisation == ORGANISATION and not ask.service
    full = read(EVERYTHING, "scp", "FullAWSAccess")
    situation = Situation(
        Caller(
            principal, identity=None, scps=((full, *level(found, SERVICE_CONTROL, ask.kind, scope_)),) if inside else ()
        ),
        Target(
            account,
            policy=read(TO_EVERYBODY, "resource", "an open resource"),
            rcps=(level(found, RESOURCE_CONTROL, ask.kind, scope_),),
            organisation=ORGANISATION,
        ),
    )
    context: Values = {
        "aws:RequestedRegion": "eu-west-1",
        "aws:SecureTransport": "true",
        "aws:CurrentTime": "2026-11-24T12:00:00Z",
        "aws:EpochTime": "1795608000",
        "aws:ViaAWSService": "false",
        **ask.context,
    }
    request = Request(principal, ask.action, ask.resource.replace("{account}", account), context)
    return evaluate(request, situation).allowed
