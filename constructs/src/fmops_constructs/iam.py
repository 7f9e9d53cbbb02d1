"""Roles and policies in one form: a path, a permissions boundary, managed policies only, exact actions."""

from collections.abc import Mapping, Sequence

from aws_cdk import aws_iam as iam

from constructs import Construct
from fmops_constructs import names

OWN = f"${{aws:PrincipalTag/{names.UNIT_TAG}}}"
"""The business unit of the role that asks, in a policy: IAM fills it in.

It is the role's own tag. No trust policy lets a session bring tags along (sts:TagSession), and no role may tag roles.
"""

When = Mapping[str, Mapping[str, str | Sequence[str]]]


OF_OWN_UNIT: When = {"StringEquals": {f"aws:ResourceTag/{names.UNIT_TAG}": OWN}}
"""Only what belongs to the business unit of the role that asks.

AWS documents the key for CodeCommit's repositories, CodePipeline's pipelines and their actions, CodeBuild's projects,
and SageMaker's model package groups; a model package has the tags of its group. What S3 keeps for all units in one
bucket cannot be told apart so: who names objects there is CodePipeline.
"""


def allow(*actions: str, on: str | Sequence[str], when: When | None = None) -> iam.PolicyStatement:
    """A statement that allows exact actions on resources, under conditions `{operator: {key: value}}`."""
    return iam.PolicyStatement(
        actions=sorted(actions), resources=[on] if isinstance(on, str) else list(on), conditions=when
    )


def deny(*actions: str, on: str | Sequence[str], when: When | None = None) -> iam.PolicyStatement:
    """A statement that denies, whatever else is allowed."""
    return iam.PolicyStatement(
        effect=iam.Effect.DENY,
        actions=sorted(actions),
        resources=[on] if isinstance(on, str) else list(on),
        conditions=when,
    )


def pass_role(service: str, *role_arns: str) -> iam.PolicyStatement:
    """The right to hand roles to one AWS service, e.g. `sagemaker.amazonaws.com`."""
    return allow("iam:PassRole", on=role_arns, when={"StringEquals": {"iam:PassedToService": service}})


def service(name: str, account: str | None = None) -> iam.IPrincipal:
    """Trust in an AWS service.

    Args:
        name: the service principal.
        account: limits the trust to calls on behalf of this account, where the service says for whom it calls.
    """
    conditions = {"StringEquals": {"aws:SourceAccount": account}} if account else None
    return iam.ServicePrincipal(name, conditions=conditions)


def exactly(account: str, *role_arns: str) -> iam.IPrincipal:
    """Trust in exact roles of an account, which need not exist yet."""
    return iam.AccountPrincipal(account).with_conditions({"StringEquals": {"aws:PrincipalArn": sorted(role_arns)}})


class Policy(iam.ManagedPolicy):
    """A managed policy for one need, attached to every role that has it."""

    def __init__(
        self, scope: Construct, id: str, *, description: str, statements: Sequence[iam.PolicyStatement]
    ) -> None:
        super().__init__(
            scope,
            id,
            path=names.ROLE_PATH,
            description=description,
            document=iam.PolicyDocument(statements=list(statements)),
        )


class Role(iam.Role):
    """A role with a name that other accounts can derive.

    Args:
        name: its short name, e.g. `training`.
        business_unit: the unit that owns it; None for one of the foundation's own.
        trusts: who may assume it.
        policies: what it may do; nothing else can be added later.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        description: str,
        trusts: iam.IPrincipal,
        policies: Sequence[iam.IManagedPolicy] = (),
        business_unit: str | None = None,
    ) -> None:
        super().__init__(
            scope,
            id,
            role_name=names.role(name, business_unit),
            path=names.role_path(name),
            description=description,
            assumed_by=trusts,
            managed_policies=list(policies),
            permissions_boundary=iam.ManagedPolicy.from_managed_policy_name(scope, f"{id}Boundary", names.BOUNDARY),
        )

    def may_name(self, principal: iam.IPrincipal, when: When | None = None) -> None:
        """Lets a principal that may take the role say in whose name: the session's source identity, kept for good."""
        if self.assume_role_policy:
            self.assume_role_policy.add_statements(
                iam.PolicyStatement(actions=["sts:SetSourceIdentity"], principals=[principal], conditions=when)
            )


class PersonaRole(Role):
    """A role that named persons take: their session must carry one of their names as its source identity.

    The session is called by the same name: CodeCommit's events, CodePipeline's records of approvals and Service
    Catalog's of launches say a session's name, and not its source identity.

    Args:
        account: from which they come.
        persons: their names, as the identity provider passes them on.
        business_unit: whose role it is; None for a persona of the whole organisation.
        entrance: pattern of the ARNs of the roles by which they come; None for any principal of the account.
        says: session tags that a session must say something in, and the only ones that it may have.
        region: the one region where the role is taken; None for any.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        description: str,
        account: str,
        persons: Sequence[str],
        policies: Sequence[iam.IManagedPolicy],
        business_unit: str | None,
        entrance: str | None = None,
        says: Sequence[str] = (),
        region: str | None = None,
    ) -> None:
        named: dict[str, str | list[str]] = {"sts:SourceIdentity": sorted(persons)}
        if region:
            named["aws:RequestedRegion"] = region
        alike = {**named, "sts:RoleSessionName": "${sts:SourceIdentity}"}
        by: When = {"ArnLike": {"aws:PrincipalArn": entrance}} if entrance else {}
        said: When = {"StringLike": {f"aws:RequestTag/{tag}": "?*" for tag in says}} if says else {}
        principal = iam.AccountPrincipal(account)
        super().__init__(
            scope,
            id,
            name=name,
            description=description,
            trusts=principal.with_conditions({"StringEquals": alike, **by, **said}),
            policies=policies,
            business_unit=business_unit,
        )
        self.may_name(principal, {"StringEquals": named, **by})
        if says and self.assume_role_policy:
            only = {"ForAllValues:StringEquals": {"aws:TagKeys": list(says)}}
            self.assume_role_policy.add_statements(
                iam.PolicyStatement(
                    actions=["sts:TagSession"], principals=[principal], conditions={**by, **said, **only}
                )
            )
