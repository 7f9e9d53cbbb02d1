"""Invariants of every template. Each check has a twin: the same check on a template that was spoilt for it."""

import copy
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fmops_constructs import endpoints

from tests.assemblies import Templates, as_list, example, resources, statements

Check = Callable[[Templates], Iterator[str]]

GATEWAYS = (
    "AWS::EC2::InternetGateway",
    "AWS::EC2::VPCGatewayAttachment",
    "AWS::EC2::NatGateway",
    "AWS::EC2::EgressOnlyInternetGateway",
    "AWS::EC2::EIP",
    "AWS::EC2::VPCPeeringConnection",
    "AWS::EC2::Route",
)
ANYWHERE = ("0.0.0.0/0", "::/0")


def no_way_out(templates: Templates) -> Iterator[str]:
    """R12: no gateway, route, public address, and no rule to or from anywhere."""
    yield from (where for where, _ in resources(templates, *GATEWAYS))
    for where, resource in resources(templates):
        properties = resource.get("Properties", {})
        if properties.get("MapPublicIpOnLaunch"):
            yield where
        if resource["Type"].startswith("AWS::EC2::SecurityGroup") and any(cidr in str(properties) for cidr in ANYWHERE):
            yield where


def egress_is_named(templates: Templates) -> Iterator[str]:
    """R15: each security group says where it leads; without that, EC2 lets it lead everywhere."""
    for where, group in resources(templates, "AWS::EC2::SecurityGroup"):
        if not group["Properties"].get("SecurityGroupEgress"):
            yield where


def roles_are_bounded(templates: Templates) -> Iterator[str]:
    """R27: path and boundary on every role; Service Catalog finds the launch role by name, so that has no path."""
    for where, role in resources(templates, "AWS::IAM::Role"):
        boundary = str(role["Properties"].get("PermissionsBoundary", ""))
        path = "/" if role["Properties"]["RoleName"] == "fmops-launch" else "/fmops/"
        if role["Properties"].get("Path") != path or not boundary.endswith(":policy/fmops-boundary"):
            yield where


def managed_policies_only(templates: Templates) -> Iterator[str]:
    """No inline policy, and none of AWS's own."""
    yield from (where for where, _ in resources(templates, "AWS::IAM::Policy"))
    for where, role in resources(templates, "AWS::IAM::Role"):
        managed = str(role["Properties"].get("ManagedPolicyArns", ""))
        if "Policies" in role["Properties"] or ":iam::aws:" in managed:
            yield where


def compute_is_inside(templates: Templates) -> Iterator[str]:
    """Functions, builds and Studio run in the network."""
    for where, resource in resources(templates, "AWS::Lambda::Function", "AWS::CodeBuild::Project"):
        if not resource["Properties"].get("VpcConfig"):
            yield where
    for where, domain in resources(templates, "AWS::SageMaker::Domain"):
        if domain["Properties"].get("AppNetworkAccessType") != "VpcOnly":
            yield where


def endpoints_have_policies(templates: Templates) -> Iterator[str]:
    """R14: a policy with the organisation's conditions wherever the service supports one."""
    unsupported = {e.name("eu-west-1") for e in endpoints.TABLE if not e.policy}
    for where, endpoint in resources(templates, "AWS::EC2::VPCEndpoint"):
        policy = str(endpoint["Properties"].get("PolicyDocument", ""))
        needed = endpoint["Properties"]["ServiceName"] not in unsupported
        if needed and not ("aws:PrincipalOrgID" in policy and "aws:ResourceOrgID" in policy):
            yield where


def buckets_are_private(templates: Templates) -> Iterator[str]:
    """R6: no public access, versions, encryption, TLS only, the organisation only."""
    policies = {
        where.partition("/")[0] + "/" + policy["Properties"]["Bucket"]["Ref"]: str(policy)
        for where, policy in resources(templates, "AWS::S3::BucketPolicy")
    }
    for where, bucket in resources(templates, "AWS::S3::Bucket"):
        properties, policy = bucket["Properties"], policies.get(where, "")
        block = properties.get("PublicAccessBlockConfiguration", {})
        if (
            len([value for value in block.values() if value is True]) != 4
            or properties.get("VersioningConfiguration") != {"Status": "Enabled"}
            or not properties.get("BucketEncryption")
            or "aws:SecureTransport" not in policy
            or "aws:PrincipalOrgID" not in policy
        ):
            yield where


def data_is_kept(templates: Templates) -> Iterator[str]:
    """R10: what holds data outlives its stack."""
    stateful = ("AWS::S3::Bucket", "AWS::KMS::Key", "AWS::ECR::Repository", "AWS::CodeCommit::Repository")
    for where, resource in resources(templates, *stateful):
        if not str(resource.get("DeletionPolicy", "")).startswith("Retain"):
            yield where


def keys_rotate_and_name_users(templates: Templates) -> Iterator[str]:
    """R5: keys rotate; nobody uses one by being in an account only."""
    for where, key in resources(templates, "AWS::KMS::Key"):
        if key["Properties"].get("EnableKeyRotation") is not True:
            yield where
        for statement in key["Properties"]["KeyPolicy"]["Statement"]:
            uses = any(action.startswith(("kms:Decrypt", "kms:*")) for action in as_list(statement["Action"]))
            if uses and "Condition" not in statement:
                yield where


def logs_are_encrypted(templates: Templates) -> Iterator[str]:
    """Every log group has a key and an end."""
    for where, group in resources(templates, "AWS::Logs::LogGroup"):
        if not group["Properties"].get("KmsKeyId") or not group["Properties"].get("RetentionInDays"):
            yield where


def roles_are_passed_to_one_service(templates: Templates) -> Iterator[str]:
    """R27: iam:PassRole says to whom, and never every role of an account."""
    for where, statement in statements(templates):
        if "iam:PassRole" not in as_list(statement.get("Action")):
            continue
        passed_to = statement.get("Condition", {}).get("StringEquals", {}).get("iam:PassedToService")
        if not passed_to or any("*" in str(resource) for resource in as_list(statement["Resource"])):
            yield where


def actions_are_exact(templates: Templates) -> Iterator[str]:
    """No allowed action with a wildcard in an identity's policy."""
    for where, policy in resources(templates, "AWS::IAM::ManagedPolicy"):
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
            if statement["Effect"] == "Allow" and any("*" in action for action in as_list(statement.get("Action"))):
                yield where


def policies_fit(templates: Templates) -> Iterator[str]:
    """A managed policy has at most 6,144 characters, spaces aside."""
    for where, policy in resources(templates, "AWS::IAM::ManagedPolicy"):
        if len(re.sub(r"\s", "", str(policy["Properties"]["PolicyDocument"]))) > 6144:
            yield where


def accounts_are_the_foundations(templates: Templates) -> Iterator[str]:
    """R4: no account id but those of foundation.yaml, and AWS's own that keeps CodeArtifact's files."""
    known = {environment.account for environment in example().environments()}
    known |= set(endpoints.CODEARTIFACT_OWNERS.values())
    known.add(example().organization.management_account)
    for where, resource in resources(templates):
        for account in re.findall(r"(?<![0-9A-Za-z])[0-9]{12}(?![0-9A-Za-z])", str(resource)):
            if account not in known:
                yield f"{where}: {account}"


def resources_are_tagged(templates: Templates) -> Iterator[str]:
    """R7: who owns it, for whom, at which stage."""
    for where, resource in resources(templates, "AWS::S3::Bucket", "AWS::KMS::Key", "AWS::IAM::Role", "AWS::EC2::VPC"):
        tags = {tag["Key"] for tag in resource["Properties"].get("Tags", [])}
        if not {"owner", "cost-center", "business-unit", "stage", "environment", "project", "data-class"} <= tags:
            yield where


def other_accounts_roles_by_condition(templates: Templates) -> Iterator[str]:
    """A role of another account may not exist yet, and IAM refuses such principals: account plus exact PrincipalArn."""
    for where, statement in statements(templates):
        principal = statement.get("Principal")
        if isinstance(principal, dict) and any(":role/" in str(arn) for arn in as_list(principal.get("AWS"))):
            yield where


ABOUT_PROJECTS = ("codebuild:", "codecommit:", "codepipeline:", "sagemaker:")
OWN = {"aws:ResourceTag/business-unit": "${aws:PrincipalTag/business-unit}"}


def units_act_on_their_own(templates: Templates) -> Iterator[str]:
    """R27: what a unit's role in tooling may do, it may do to its unit's projects."""
    of_units = {"tooling-Delivery", "tooling-Personas", "tooling-Baseline"} & templates.keys()
    for where, statement in statements({name: templates[name] for name in of_units}):
        actions = as_list(statement.get("Action"))
        unlike = statement.get("Condition", {}).get("StringEquals") != OWN
        if statement["Effect"] == "Allow" and any(a.startswith(ABOUT_PROJECTS) for a in actions) and unlike:
            yield where


def roles_bear_their_units_tag(templates: Templates) -> Iterator[str]:
    """A unit's role is known by its tag, and a session can bring no other one."""
    units = example().business_units
    for where, role in resources(templates, "AWS::IAM::Role"):
        tags = {tag["Key"]: tag["Value"] for tag in role["Properties"].get("Tags", [])}
        named, stands_in = role["Properties"]["RoleName"].split("-")[1], where.split("-")[0]
        owner = next((unit for unit in (named, stands_in) if unit in units), "shared")
        trusted = str(role["Properties"]["AssumeRolePolicyDocument"])
        if tags.get("business-unit") != owner or "sts:TagSession" in trusted:
            yield where


def _first(templates: Templates, kind: str) -> dict[str, Any]:
    properties: dict[str, Any] = next(resource for _, resource in resources(templates, kind))["Properties"]
    return properties


def _add(templates: Templates, kind: str, **properties: Any) -> None:
    next(iter(templates.values()))["Resources"]["Spoilt"] = {"Type": kind, "Properties": properties}


def _allow(templates: Templates, **statement: Any) -> None:
    document = {"Statement": [{"Effect": "Allow", "Resource": "*", **statement}]}
    _add(templates, "AWS::IAM::ManagedPolicy", PolicyDocument=document)


def _unkeep(templates: Templates) -> None:
    next(resource for _, resource in resources(templates, "AWS::S3::Bucket")).pop("DeletionPolicy")


CHECKS: dict[Check, Callable[[Templates], Any]] = {
    no_way_out: lambda t: _add(t, "AWS::EC2::NatGateway"),
    egress_is_named: lambda t: _first(t, "AWS::EC2::SecurityGroup").pop("SecurityGroupEgress"),
    roles_are_bounded: lambda t: _first(t, "AWS::IAM::Role").pop("PermissionsBoundary"),
    managed_policies_only: lambda t: _add(t, "AWS::IAM::Policy"),
    compute_is_inside: lambda t: _first(t, "AWS::CodeBuild::Project").pop("VpcConfig"),
    endpoints_have_policies: lambda t: _first(t, "AWS::EC2::VPCEndpoint").pop("PolicyDocument"),
    buckets_are_private: lambda t: _first(t, "AWS::S3::Bucket")["PublicAccessBlockConfiguration"].popitem(),
    data_is_kept: _unkeep,
    keys_rotate_and_name_users: lambda t: _first(t, "AWS::KMS::Key").pop("EnableKeyRotation"),
    logs_are_encrypted: lambda t: _first(t, "AWS::Logs::LogGroup").pop("KmsKeyId"),
    roles_are_passed_to_one_service: lambda t: _allow(t, Action="iam:PassRole"),
    actions_are_exact: lambda t: _allow(t, Action="s3:Get*"),
    policies_fit: lambda t: _allow(t, Action=["s3:GetObject"] * 500),
    accounts_are_the_foundations: lambda t: _allow(t, Action="s3:GetObject", Resource="arn:aws:iam::123456789012:root"),
    resources_are_tagged: lambda t: _first(t, "AWS::IAM::Role").pop("Tags"),
    units_act_on_their_own: lambda t: _allow(
        {"tooling-Personas": t["tooling-Personas"]}, Action="codepipeline:PutApprovalResult"
    ),
    roles_bear_their_units_tag: lambda t: _first(t, "AWS::IAM::Role").update(Tags=[]),
    other_accounts_roles_by_condition: lambda t: _allow(t, Principal={"AWS": "arn:aws:iam::000000000011:role/x"}),
}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_holds(check: Check, templates: Templates) -> None:
    assert list(check(templates)) == []


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_would_be_seen(check: Check, templates: Templates) -> None:
    spoilt = copy.deepcopy(templates)
    CHECKS[check](spoilt)
    assert list(check(spoilt)) != []
