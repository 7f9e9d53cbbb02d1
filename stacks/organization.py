"""The organisation's own stage: what is deployed to the management account, or to who administers for it.

It is there only if foundation.yaml asks for it. `fmops rollout` leaves it alone: `cdk deploy "organization/*"` is a
decision of its own, and its stacks bind every account that stands.
"""

from collections.abc import Callable

import aws_cdk as cdk
from aws_cdk import aws_organizations as organizations
from fmops_constructs import names
from fmops_constructs.organization import policies, scope

from constructs import Construct
from foundation import Foundation
from stacks import permission_sets

NAME = "organization"
"""The stage's name; no environment is called so."""


class OrganizationPolicies(cdk.Stack):
    """Policies of the organisation: for ML and generative AI, for every account and each kind of account."""

    def __init__(self, scope_: Construct, *, foundation: Foundation) -> None:
        super().__init__(
            scope_,
            type(self).__name__,
            description=(type(self).__doc__ or "").splitlines()[0],
            termination_protection=True,
        )
        before: organizations.CfnPolicy | None = None
        for policy in policies(scope(foundation)):
            made = organizations.CfnPolicy(
                self,
                "".join(word.capitalize() for word in policy.name.removeprefix(names.PREFIX).split("-")),
                name=policy.name,
                type=policy.type,
                description=policy.description,
                content=policy.content,
                target_ids=list(policy.targets),
            )
            if before is not None:
                made.add_resource_dependency(before)  # Organizations takes one change at a time
            before = made


Kind = Callable[..., cdk.Stack]

STACKS: tuple[tuple[Callable[[Foundation], bool], Kind], ...] = (
    (lambda foundation: foundation.organization.policies.deliver == "stack", OrganizationPolicies),
    (permission_sets.wanted, permission_sets.PermissionSets),
)
"""(whether a foundation asks for it, the stack)."""


def wanted(foundation: Foundation) -> bool:
    """Whether a foundation asks for any stack of the organisation's."""
    return any(asked(foundation) for asked, _ in STACKS)


def add(app: cdk.App, foundation: Foundation) -> cdk.Stage:
    """The stage, with the stacks that the foundation asks for."""
    organization = foundation.organization
    stage = cdk.Stage(
        app,
        NAME,
        env=cdk.Environment(
            account=organization.policies.account or organization.management_account, region=foundation.regions.home
        ),
    )
    for asked, kind in STACKS:
        if asked(foundation):
            kind(stage, foundation=foundation)
    fixed = {"environment": NAME, names.UNIT_TAG: names.SHARED, "stage": NAME}
    for key, value in {"data-class": "internal", "project": "foundation", **foundation.tags, **fixed}.items():
        cdk.Tags.of(stage).add(key, value)
    return stage
