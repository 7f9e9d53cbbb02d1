"""The organisation's Identity Center: a permission set for each role of the access matrix, and who is assigned to it.

A permission set gives one right: to take the own role in the account where one signed in, under the own name. What the
role may do is said where the role is, once (docs/adr/0021). The name is what Identity Center knows the person by, so
a session cannot state another's, and the role lets nobody in by another way.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_sso as sso
from fmops_constructs import names
from fmops_constructs.names import role_arn

from constructs import Construct
from foundation import Environment, Foundation
from foundation.access import current
from foundation.parts import People
from foundation.people_access import SHARED, IdentityCenter
from stacks.access import BREAK_GLASS, construct_id, made
from stacks.break_glass import REASON

SAYS: Mapping[str, Sequence[str]] = {BREAK_GLASS: (REASON,)}
"""The session tags that come with taking a role."""
LARGEST = 10_240
"""Characters of a role's inline policies that IAM takes, white space not counted (IAM's quotas)."""


def wanted(foundation: Foundation) -> bool:
    """Whether a foundation asks for permission sets."""
    return foundation.people_access.identity_center is not None


class PermissionSets(cdk.Stack):
    """Permission sets of the access matrix's roles, and their assignments to groups."""

    def __init__(self, scope: Construct, *, foundation: Foundation) -> None:
        center = foundation.people_access.identity_center
        if center is None:
            raise ValueError("foundation.yaml asks for no permission sets: add people_access.identity_center")
        super().__init__(
            scope,
            type(self).__name__,
            description=(type(self).__doc__ or "").splitlines()[0],
            env=cdk.Environment(
                account=center.account or foundation.organization.management_account,
                region=center.region or foundation.regions.home,
            ),
            termination_protection=True,
        )
        matrix = current()
        for role in matrix.roles:
            places = list(roles_of(foundation, role))
            if places:
                opens = entering([arn for _, _, arn in places], center.person_attribute, SAYS.get(role, ()))
                permissions = self._permission_set(center, role, matrix.roles[role], opens)
                self._assign(center, role, permissions, places)

    def _permission_set(
        self, center: IdentityCenter, role: str, description: str, opens: dict[str, Any]
    ) -> sso.CfnPermissionSet:
        boundary = sso.CfnPermissionSet.CustomerManagedPolicyReferenceProperty(name=names.BOUNDARY, path="/")
        return sso.CfnPermissionSet(
            self,
            construct_id(role),
            instance_arn=center.instance,
            name=names.role(role),
            description=description,
            session_duration=f"PT{center.session_hours}H",
            inline_policy=opens,
            permissions_boundary=sso.CfnPermissionSet.PermissionsBoundaryProperty(
                customer_managed_policy_reference=boundary
            ),
        )

    def _assign(
        self,
        center: IdentityCenter,
        role: str,
        permissions: sso.CfnPermissionSet,
        places: list[tuple[Environment, str | None, str]],
    ) -> None:
        """Each group of a persona of the role, in each account where its people have the role."""
        for environment, unit, _ in places:
            for persona in current().takers(role):
                group = center.groups.get(unit or SHARED, {}).get(persona)
                if group:
                    owner = [unit] if unit and unit != environment.business_unit else []
                    sso.CfnAssignment(
                        self,
                        "-".join((*owner, environment.name, persona)),
                        instance_arn=center.instance,
                        permission_set_arn=permissions.attr_permission_set_arn,
                        principal_type="GROUP",
                        principal_id=group,
                        target_type="AWS_ACCOUNT",
                        target_id=environment.account,
                    )


def roles_of(foundation: Foundation, role: str) -> Iterator[tuple[Environment, str | None, str]]:
    """(environment, business unit, ARN) of each role of a name that the foundation's stacks make."""
    matrix = current()
    of_units = bool(set(matrix.takers(role)) & set(People.model_fields))
    for environment in foundation.environments():
        if not environment.home or role not in made(foundation, environment.account_type):
            continue
        units = [environment.business_unit] if environment.business_unit else list(foundation.business_units)
        for unit in units if of_units else [None]:
            people = foundation.business_units[unit].people if unit else foundation.people
            if matrix.persons(people, role):
                yield environment, unit, role_arn(environment.account, role, unit)


def entering(arns: list[str], attribute: str, says: Sequence[str] = ()) -> dict[str, Any]:
    """The right to take roles under the own name, and under no other; and to say something in session tags.

    Without the attribute the variable has no value, and IAM allows nothing.

    Raises:
        ValueError: it is longer than IAM takes.
    """
    name = f"${{aws:PrincipalTag/{attribute}}}"
    statement = {
        "Effect": "Allow",
        "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"],
        "Resource": arns,
        "Condition": {
            "StringEquals": {"sts:SourceIdentity": name},
            "StringEqualsIfExists": {"sts:RoleSessionName": name},
        },
    }
    tagging = {
        "Effect": "Allow",
        "Action": "sts:TagSession",
        "Resource": arns,
        "Condition": {"ForAllValues:StringEquals": {"aws:TagKeys": list(says)}},
    }
    document: dict[str, Any] = {"Version": "2012-10-17", "Statement": [statement, *([tagging] if says else [])]}
    size = len(json.dumps(document, separators=(",", ":")))
    if size > LARGEST:
        raise ValueError(
            f"a permission set for {len(arns)} roles takes {size} characters; IAM takes {LARGEST}. "
            "Deliver permission sets apart from the foundation, or have fewer business units in one."
        )
    return document
