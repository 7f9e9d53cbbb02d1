"""IAM and STS: policies' grammar, principals and sizes; how many policies a role has; how long a session lasts."""

import re
from typing import Any

from ministack.services import iam

from fmops.local import context
from fmops.local.refusals import policies
from fmops.local.refusals.register import refuses
from fmops.local.registry import AwsError, Params

TRUST_SIZE, MANAGED_SIZE, INLINE_SIZE = 2048, 6144, 10240
"""Characters, white space not counted: IAM's quotas, https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
POLICIES_PER_ROLE, VERSIONS, NAME = 10, 5, 64
HOUR = 3600
_POLICY_ARN = re.compile(r"arn:aws[a-z-]*:iam::(aws|\d{12}):policy/.+")


def _limit(what: str, most: int) -> AwsError:
    return AwsError("LimitExceeded", f"Cannot exceed quota for {what}: {most}", 409)


@refuses("iam:CreateRole", "iam:UpdateAssumeRolePolicy", "AWS::IAM::Role")
def trust(members: Params) -> None:
    document = policies.parsed(members.get("AssumeRolePolicyDocument") or members.get("PolicyDocument"))
    policies.check_grammar(document, principal=True)
    if policies.size(document) > TRUST_SIZE:
        raise _limit("ACLSizePerRole", TRUST_SIZE)
    for arn in policies.unknown_principals(document):
        raise AwsError("MalformedPolicyDocument", f'Invalid principal in policy: "AWS":"{arn}"')


@refuses("iam:CreateRole", "AWS::IAM::Role")
def role_name(members: Params) -> None:
    name = members.get("RoleName") or ""
    if len(name) > NAME:
        where = f"Value '{name}' at 'roleName' failed to satisfy constraint"
        why = f"Member must have length less than or equal to {NAME}"
        raise AwsError("ValidationError", f"1 validation error detected: {where}: {why}")


@refuses("iam:CreatePolicy", "iam:CreatePolicyVersion", "AWS::IAM::ManagedPolicy")
def managed_policy(members: Params) -> None:
    document = policies.parsed(members["PolicyDocument"])
    policies.check_grammar(document)
    if policies.size(document) > MANAGED_SIZE:
        raise _limit("PolicySize", MANAGED_SIZE)


@refuses("iam:CreatePolicyVersion")
def versions(members: Params) -> None:
    policy: Any = iam._policies.get(members["PolicyArn"]) or {}
    if len(policy.get("Versions") or ()) >= VERSIONS:
        why = "Before you create a new version, you must delete an existing version."
        raise AwsError("LimitExceeded", f"A managed policy can have up to {VERSIONS} versions. {why}", 409)


@refuses("iam:PutRolePolicy")
def inline_policy(members: Params) -> None:
    document, name = policies.parsed(members["PolicyDocument"]), members["RoleName"]
    policies.check_grammar(document)
    others = (iam._roles.get(name) or {}).get("InlinePolicies") or {}
    kept = sum(policies.size(text) for known, text in others.items() if known != members["PolicyName"])
    if kept + policies.size(document) > INLINE_SIZE:
        raise AwsError("LimitExceeded", f"Maximum policy size of {INLINE_SIZE} bytes exceeded for role {name}", 409)


@refuses("AWS::IAM::Role")
def policies_of_a_role(properties: Params) -> None:
    if len(properties.get("ManagedPolicyArns") or ()) > POLICIES_PER_ROLE:
        raise _limit("PoliciesPerRole", POLICIES_PER_ROLE)
    for arn in properties.get("ManagedPolicyArns") or ():
        _attachable(arn)
    inline = [policies.parsed(entry["PolicyDocument"]) for entry in properties.get("Policies") or ()]
    for document in inline:
        policies.check_grammar(document)
    if sum(map(policies.size, inline)) > INLINE_SIZE:
        name = properties.get("RoleName", "")
        raise AwsError("LimitExceeded", f"Maximum policy size of {INLINE_SIZE} bytes exceeded for role {name}", 409)


def _attachable(arn: str) -> None:
    if not _POLICY_ARN.fullmatch(str(arn)):
        raise AwsError("ValidationError", f"ARN {arn} is not valid.")
    if not str(arn).startswith("arn:aws:iam::aws:") and iam._policies.get(arn) is None:
        raise AwsError("NoSuchEntity", f"Policy {arn} does not exist or is not attachable.", 404)


@refuses("iam:AttachRolePolicy")
def attached(members: Params) -> None:
    _attachable(members["PolicyArn"])
    has = [policy["PolicyArn"] if isinstance(policy, dict) else policy for policy in _attached(members["RoleName"])]
    if members["PolicyArn"] not in has and len(has) >= POLICIES_PER_ROLE:
        raise _limit("PoliciesPerRole", POLICIES_PER_ROLE)


def _attached(role: str) -> list[Any]:
    return list((iam._roles.get(role) or {}).get("AttachedPolicies") or ())


@refuses("sts:AssumeRole")
def session_length(members: Params) -> None:
    seconds, arn = members.get("DurationSeconds"), members.get("RoleArn", "")
    if not seconds or ":role/" not in arn:
        return
    role = iam._roles.get_scoped(arn.split(":")[4], None, arn.rpartition("/")[2]) or {}
    if ":assumed-role/" in context.caller() and int(seconds) > HOUR:
        why = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
        raise AwsError("ValidationError", why)
    if int(seconds) > int(role.get("MaxSessionDuration") or HOUR):
        why = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        raise AwsError("ValidationError", why)
