"""Roles, policies, sessions."""

import json
from typing import Any

from tests.refusals.table import refused
from tests.refusals.world import ACCOUNT, World, document, statement, trust

API = "https://docs.aws.amazon.com/IAM/latest/APIReference"
GUIDE = "https://docs.aws.amazon.com/IAM/latest/UserGuide"
QUOTAS = f"{GUIDE}/reference_iam-quotas.html"
STS = "https://docs.aws.amazon.com/STS/latest/APIReference"


@refused(
    "A trust policy names a role that does not exist",
    wrong=f"arn:aws:iam::{ACCOUNT}:role/nobody",
    right=f"arn:aws:iam::{ACCOUNT}:root",
    code="MalformedPolicyDocument",
    says=r'Invalid principal in policy: "AWS":"arn:aws:iam::\d{12}:role/nobody"',
    source=f"{GUIDE}/reference_policies_elements_principal.html",
)
def unknown_principal_in_trust(world: World, principal: str) -> None:
    world.role(AssumeRolePolicyDocument=trust(aws=principal))


@refused(
    "A trust policy is no policy",
    wrong='{"Version": "2012-10-17", "Statement": [{"Effect": "Allow"}]}',
    right=trust(service="lambda"),
    code="MalformedPolicyDocument",
    says="",
    source=f"{API}/API_CreateRole.html",
)
def invalid_trust(world: World, policy: str) -> None:
    world.role(AssumeRolePolicyDocument=policy)


@refused(
    "A trust policy names a resource",
    wrong={"Resource": "*"},
    right={},
    code="MalformedPolicyDocument",
    says="Has prohibited field Resource",
    source=f"{GUIDE}/id_roles_update-role-trust-policy.html",
)
def resource_in_trust(world: World, more: Any) -> None:
    world.role(AssumeRolePolicyDocument=trust(service="lambda", **more))


@refused(
    "A trust policy is longer than 2,048 characters",
    wrong=200,
    right=2,
    code="LimitExceeded",
    says="Cannot exceed quota for ACLSizePerRole: 2048",
    source=QUOTAS,
)
def trust_over_its_size(world: World, ids: int) -> None:
    condition = {"StringEquals": {"sts:ExternalId": [f"external-{number}" for number in range(ids)]}}
    world.role(AssumeRolePolicyDocument=trust(service="lambda", Condition=condition))


@refused(
    "A managed policy is longer than 6,144 characters",
    wrong=300,
    right=30,
    code="LimitExceeded",
    says="Cannot exceed quota for PolicySize: 6144",
    source=QUOTAS,
)
def policy_over_its_size(world: World, resources: int) -> None:
    world.policy(statement("s3:GetObject", [f"arn:aws:s3:::bucket-{number:05d}/*" for number in range(resources)]))


@refused(
    "A role's inline policies are longer than 10,240 characters together",
    wrong=400,
    right=30,
    code="LimitExceeded",
    says=r"Maximum policy size of 10240 bytes exceeded for role",
    source=QUOTAS,
)
def inline_over_its_size(world: World, resources: int) -> None:
    world.role(statement("s3:GetObject", [f"arn:aws:s3:::bucket-{number:05d}/*" for number in range(resources)]))


@refused(
    "A role gets more managed policies than its quota",
    wrong=11,
    right=10,
    code="LimitExceeded",
    says="Cannot exceed quota for PoliciesPerRole: 10",
    source=QUOTAS,
)
def too_many_policies(world: World, count: int) -> None:
    role = world.role().rpartition("/")[2]
    for _ in range(count):
        world.client("iam").attach_role_policy(RoleName=role, PolicyArn=world.policy())


@refused(
    "A managed policy gets a sixth version",
    wrong=5,
    right=4,
    code="LimitExceeded",
    says="A managed policy can have up to 5 versions",
    source=QUOTAS,
)
def too_many_versions(world: World, more: int) -> None:
    arn = world.policy()
    for _ in range(more):
        world.client("iam").create_policy_version(PolicyArn=arn, PolicyDocument=document(statement("s3:GetObject")))


@refused(
    "A policy's resource is not an ARN",
    wrong="my-bucket/*",
    right="arn:aws:s3:::my-bucket/*",
    code="MalformedPolicyDocument",
    says=r'must be in ARN format or "\*"',
    source=f"{GUIDE}/reference_policies_elements_resource.html",
)
def resource_is_no_arn(world: World, resource: str) -> None:
    world.policy(statement("s3:GetObject", resource))


@refused(
    "A policy's action has no service",
    wrong="GetObject",
    right="s3:GetObject",
    code="MalformedPolicyDocument",
    says="",
    source=f"{GUIDE}/reference_policies_elements_action.html",
)
def action_without_service(world: World, action: str) -> None:
    world.policy(statement(action))


@refused(
    "A policy is attached that does not exist",
    wrong=f"arn:aws:iam::{ACCOUNT}:policy/nothing",
    right="arn:aws:iam::aws:policy/ReadOnlyAccess",
    code="NoSuchEntity",
    says="does not exist or is not attachable",
    source=f"{API}/API_AttachRolePolicy.html",
)
def unknown_policy(world: World, arn: str) -> None:
    world.client("iam").attach_role_policy(RoleName=world.role().rpartition("/")[2], PolicyArn=arn)


@refused(
    "A malformed ARN is attached",
    wrong="arn:aws:iam:policy/ReadOnlyAccess",
    right="arn:aws:iam::aws:policy/ReadOnlyAccess",
    code="ValidationError",
    says="is not valid",
    source="https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html",
)
def malformed_arn(world: World, arn: str) -> None:
    world.client("iam").attach_role_policy(RoleName=world.role().rpartition("/")[2], PolicyArn=arn)


@refused(
    "A role's name is taken",
    wrong="twice",
    right="",
    code="EntityAlreadyExists",
    says=r"Role with name .* already exists",
    source=f"{API}/API_CreateRole.html",
)
def taken_role(world: World, taken: str) -> None:
    name = world.name("taken")
    for role in [name, taken and name]:
        if role:
            world.client("iam").create_role(RoleName=role, AssumeRolePolicyDocument=trust(service="lambda"))


@refused(
    "A role's name is longer than 64 characters",
    wrong=65,
    right=64,
    code="ValidationError",
    says="Member must have length less than or equal to 64",
    source=QUOTAS,
)
def long_name(world: World, length: int) -> None:
    name = world.name("long").ljust(length, "x")
    world.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust(service="lambda"))


@refused(
    "A role is deleted that has policies",
    wrong=False,
    right=True,
    code="DeleteConflict",
    says="must detach all policies first",
    source=f"{API}/API_DeleteRole.html",
)
def role_in_use(world: World, detach: bool) -> None:
    iam, role, policy = world.client("iam"), world.role().rpartition("/")[2], world.policy()
    iam.attach_role_policy(RoleName=role, PolicyArn=policy)
    if detach:
        iam.detach_role_policy(RoleName=role, PolicyArn=policy)
    iam.delete_role(RoleName=role)


@refused(
    "A role is made without the boundary that its maker must give",
    wrong=False,
    right=True,
    code="AccessDenied",
    says="is not authorized to perform: iam:CreateRole",
    source=f"{GUIDE}/access_policies_boundaries.html",
)
def boundary_missing(world: World, bounded: bool) -> None:
    boundary = world.policy(statement("*"))
    condition = {"StringEquals": {"iam:PermissionsBoundary": boundary}}
    iam = world.allowed("iam", statement("iam:CreateRole", Condition=condition))
    members = {"PermissionsBoundary": boundary} if bounded else {}
    iam.create_role(RoleName=world.name("bounded"), AssumeRolePolicyDocument=trust(service="lambda"), **members)


@refused(
    "A boundary does not allow what the role's policy does",
    wrong="s3:ListAllMyBuckets",
    right="ssm:DescribeParameters",
    code="AccessDeniedException",
    says="is not authorized to perform: ssm:DescribeParameters",
    source=f"{GUIDE}/access_policies_boundaries.html",
)
def beyond_the_boundary(world: World, bounded_to: str) -> None:
    boundary = world.policy(statement(bounded_to))
    role = world.role(statement("ssm:DescribeParameters"), PermissionsBoundary=boundary)
    world.embedded.assume("ssm", role, by=ACCOUNT).describe_parameters()


@refused(
    "A session is longer than its role allows",
    wrong=7200,
    right=3600,
    code="ValidationError",
    says="The requested DurationSeconds exceeds the MaxSessionDuration set for this role",
    source=f"{STS}/API_AssumeRole.html",
)
def long_session(world: World, seconds: int) -> None:
    sts, role = world.client("sts"), world.role(MaxSessionDuration=3600)
    sts.assume_role(RoleArn=role, RoleSessionName="long", DurationSeconds=seconds)


@refused(
    "A chained session is longer than an hour",
    wrong=7200,
    right=3600,
    code="ValidationError",
    says="exceeds the 1 hour session limit for roles assumed by role chaining",
    source=f"{GUIDE}/id_roles.html",
)
def long_chain(world: World, seconds: int) -> None:
    second = world.role(MaxSessionDuration=43200)
    first = world.allowed("sts", statement("sts:AssumeRole", second))
    first.assume_role(RoleArn=second, RoleSessionName="chained", DurationSeconds=seconds)


@refused(
    "A role is taken whose trust does not name the caller",
    wrong="lambda",
    right=None,
    code="AccessDenied",
    says="is not authorized to perform: sts:AssumeRole on resource",
    source=f"{GUIDE}/troubleshoot_roles.html",
)
def untrusted(world: World, service: str | None) -> None:
    target = world.role(AssumeRolePolicyDocument=trust(service=service))
    world.allowed("sts", statement("sts:AssumeRole")).assume_role(RoleArn=target, RoleSessionName="untrusted")


@refused(
    "A role is taken whose trust wants an external id",
    wrong={},
    right={"ExternalId": "agreed"},
    code="AccessDenied",
    says="is not authorized to perform: sts:AssumeRole",
    source=f"{GUIDE}/id_roles_common-scenarios_third-party.html",
)
def external_id(world: World, more: Any) -> None:
    condition = {"StringEquals": {"sts:ExternalId": "agreed"}}
    target = world.role(AssumeRolePolicyDocument=trust(aws=ACCOUNT, Condition=condition))
    world.allowed("sts", statement("sts:AssumeRole")).assume_role(RoleArn=target, RoleSessionName="external", **more)


@refused(
    "A policy's version is no version",
    wrong="2026-01-01",
    right="2012-10-17",
    code="MalformedPolicyDocument",
    says="",
    source=f"{GUIDE}/reference_policies_elements_version.html",
)
def unknown_version(world: World, version: str) -> None:
    policy = json.dumps({"Version": version, "Statement": [statement("s3:GetObject")]})
    world.client("iam").create_policy(PolicyName=world.name("version"), PolicyDocument=policy)
