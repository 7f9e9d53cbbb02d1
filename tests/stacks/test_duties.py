"""Who may come in, and what nobody may do, account by account. Each check has a twin that fails."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fmops_constructs import lifecycle

from tests.assemblies import Templates, as_list, resources

STAGES = ("-dev-", "-preprod-", "-prod-")


def public_access_is_blocked(templates: Templates) -> Iterator[str]:
    """R16: both ways, in every account that has a network."""
    for name in (name for name in templates if name.endswith("-Network")):
        kinds = resources({name: templates[name]}, "AWS::EC2::VPCBlockPublicAccessOptions")
        if [options["Properties"]["InternetGatewayBlockMode"] for _, options in kinds] != ["block-bidirectional"]:
            yield name


def names_are_listed(templates: Templates) -> Iterator[str]:
    """R17: each network has a firewall that ends with a block of everything, and a record of what is looked up."""
    resolver = "AWS::Route53Resolver::"
    for name in (name for name in templates if name.endswith("-Network")):
        here = {name: templates[name]}
        lists = {where: one["Properties"]["Domains"] for where, one in resources(here, f"{resolver}FirewallDomainList")}
        blocked = [
            lists[f"{name}/{rule['FirewallDomainListId']['Fn::GetAtt'][0]}"]
            for _, group in resources(here, f"{resolver}FirewallRuleGroup")
            for rule in group["Properties"]["FirewallRules"]
            if rule["Action"] == "BLOCK"
        ]
        kept = [group["Properties"].get("KmsKeyId") for _, group in resources(here, "AWS::Logs::LogGroup")]
        fenced = list(resources(here, f"{resolver}FirewallRuleGroupAssociation"))
        recorded = list(resources(here, f"{resolver}ResolverQueryLoggingConfigAssociation"))
        if blocked != [["*"]] or not fenced or not recorded or not all(kept):
            yield name


def no_person_works_in_a_stage(templates: Templates) -> Iterator[str]:
    """R29: no role of dev, preprod or prod is one that a person takes (a session that must say one of their names)."""
    for where, role in resources(templates, "AWS::IAM::Role"):
        trust = as_list(role["Properties"]["AssumeRolePolicyDocument"]["Statement"])
        named = any("sts:SourceIdentity" in str(s.get("Condition", {}).get("StringEquals")) for s in trust)
        if named and any(stage in where for stage in STAGES):
            yield where


def statements(templates: Templates, action: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """(policy, statement) of everything that allows an action to a role."""
    for where, policy in resources(templates, "AWS::IAM::ManagedPolicy"):
        for statement in as_list(policy["Properties"]["PolicyDocument"]["Statement"]):
            if statement["Effect"] == "Allow" and action in as_list(statement.get("Action", ())):
                yield where, statement


def only_the_platform_starts_trainings(templates: Templates) -> Iterator[str]:
    """R25: the repository's code cannot say in whose name it trains: another build starts it, always in some name."""
    for where, role in resources(templates, "AWS::IAM::Role"):
        if not str(role["Properties"].get("RoleName")).endswith("-start-pipeline"):
            continue
        for statement in as_list(role["Properties"]["AssumeRolePolicyDocument"]["Statement"]):
            condition = statement["Condition"]
            (arn,) = as_list(condition["StringEquals"]["aws:PrincipalArn"])
            named = condition.get("Null") == {"sts:SourceIdentity": "false"}
            if not (arn.endswith("-train") and (named or statement["Action"] == "sts:SetSourceIdentity")):
                yield where


def who_reviews_did_not_train(templates: Templates) -> Iterator[str]:
    """R25, R49: whoever may change a version is not its trainer, or is a deployment, which cannot approve."""
    for where, statement in statements(templates, "sagemaker:UpdateModelPackage"):
        condition = statement.get("Condition", {})
        reviews = condition.get("StringNotEquals", {}).get(lifecycle.TRAINER_IS) == "${aws:SourceIdentity}"
        known = condition.get("Null", {}).get(lifecycle.TRAINER_IS) == "false"
        deploys = condition.get("Null", {}).get(lifecycle.APPROVAL) == "true"
        staged = condition.get("StringEquals", {}).get(lifecycle.SET_STAGE) in lifecycle.MOVES
        if not ((reviews and known) or (deploys and staged)):
            yield where


def nothing_is_registered_as_approved(templates: Templates) -> Iterator[str]:
    """R49: who makes versions can give them one state only."""
    for where, statement in statements(templates, "sagemaker:CreateModelPackage"):
        if statement.get("Condition", {}).get("StringEquals", {}).get(lifecycle.APPROVAL) != "PendingManualApproval":
            yield where


def the_approval_log_only_grows(templates: Templates) -> Iterator[str]:
    """R49: one role writes; every version is locked for seven years; nobody may shorten that or delete."""
    found = [
        (where, one["Properties"])
        for where, one in resources(templates, "AWS::S3::Bucket")
        if str(one["Properties"].get("BucketName")).startswith("fmops-approvals-")
    ]
    if not found:
        yield "there is no approval log"
    for where, bucket in found:
        retention = bucket.get("ObjectLockConfiguration", {}).get("Rule", {}).get("DefaultRetention", {})
        policies = [
            as_list(one["Properties"]["PolicyDocument"]["Statement"])
            for at, one in resources(templates, "AWS::S3::BucketPolicy")
            if where.partition("/")[0] == at.partition("/")[0]
        ]
        denied = {
            statement.get("Sid"): set(as_list(statement["Action"]))
            for policy in policies
            for statement in policy
            if statement["Effect"] == "Deny" and statement["Principal"] in ("*", {"AWS": "*"})
        }
        taken = {"s3:BypassGovernanceRetention", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObjectRetention"}
        if not (
            bucket.get("ObjectLockEnabled")
            and retention.get("Days", 0) >= 7 * 365
            and taken <= denied.get("NobodyTakesAway", set())
            and "s3:PutObject" in denied.get("OnlyTheRecorderWrites", set())
        ):
            yield where


CHECKS = (
    public_access_is_blocked,
    names_are_listed,
    no_person_works_in_a_stage,
    only_the_platform_starts_trainings,
    who_reviews_did_not_train,
    nothing_is_registered_as_approved,
    the_approval_log_only_grows,
)


@pytest.mark.parametrize("check", CHECKS)
def test_it_holds(check: Callable[[Templates], Iterator[str]], templates: Templates) -> None:
    assert list(check(templates)) == []


def unblocked(templates: Templates) -> None:
    network = templates["retail-prod-Network"]["Resources"]
    for key in [k for k, r in network.items() if r["Type"] == "AWS::EC2::VPCBlockPublicAccessOptions"]:
        del network[key]


def talkative(templates: Templates) -> None:
    network = templates["retail-prod-Network"]["Resources"]
    for resource in network.values():
        if resource["Type"] == "AWS::Route53Resolver::FirewallRuleGroup":
            resource["Properties"]["FirewallRules"].pop()


def inhabited(templates: Templates) -> None:
    _, role = next(resources({"x": templates["retail-prod-Hosting"]}, "AWS::IAM::Role"))
    statement = as_list(role["Properties"]["AssumeRolePolicyDocument"]["Statement"])[0]
    statement["Condition"] = {"StringEquals": {"sts:SourceIdentity": ["ana"]}}


def self_started(templates: Templates) -> None:
    for _, role in resources(templates, "AWS::IAM::Role"):
        if role["Properties"].get("RoleName") == "fmops-retail-start-pipeline":
            statement = as_list(role["Properties"]["AssumeRolePolicyDocument"]["Statement"])[0]
            arns = as_list(statement["Condition"]["StringEquals"]["aws:PrincipalArn"])
            statement["Condition"]["StringEquals"]["aws:PrincipalArn"] = [arns[0].replace("-train", "-build")]


def self_approved(templates: Templates) -> None:
    for _, statement in statements(templates, "sagemaker:UpdateModelPackage"):
        statement["Condition"].pop("StringNotEquals", None)


def approved_at_birth(templates: Templates) -> None:
    for _, statement in statements(templates, "sagemaker:CreateModelPackage"):
        statement["Condition"]["StringEquals"].pop(lifecycle.APPROVAL, None)


def forgetful(templates: Templates) -> None:
    for _, policy in resources(templates, "AWS::S3::BucketPolicy"):
        for statement in as_list(policy["Properties"]["PolicyDocument"]["Statement"]):
            if statement.get("Sid") == "NobodyTakesAway":
                statement["Action"] = ["s3:DeleteObject"]


SPOILERS = (unblocked, talkative, inhabited, self_started, self_approved, approved_at_birth, forgetful)


@pytest.mark.parametrize(("check", "spoil"), list(zip(CHECKS, SPOILERS, strict=True)))
def test_it_could_fail(
    check: Callable[[Templates], Iterator[str]], spoil: Callable[[Templates], None], templates: Templates
) -> None:
    spoilt = copy.deepcopy(templates)
    spoil(spoilt)
    assert list(check(spoilt))
