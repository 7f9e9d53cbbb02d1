"""Anybody's templates: what is malformed is found or not proven, never an error, and never safe by default."""

from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from fmops.verify import estate, invariants, network
from fmops.verify.estate.guarded import TABLE
from fmops.verify.templates import Template, read
from fmops.verify.values import World
from tests.assemblies import ROOT
from tests.verify.invariants.test_faults import rules

WORDS = st.sampled_from(
    ["*", "Allow", "Deny", "s3:*", "arn:aws:s3:::b", "", "o-1", "111111111111", "sts:AssumeRole", "root"]
)  # fmt: skip
ELEMENTS = st.sampled_from(
    ["Effect", "Action", "NotAction", "Resource", "Principal", "NotPrincipal", "Condition", "AWS", "Service",
     "StringLike", "Null", "aws:PrincipalOrgID", "Statement", "Version", "Ref", "Fn::If",
     "Fn::Sub", "Fn::GetAtt", "Fn::ImportValue"]
)  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ELEMENTS, inner, max_size=4),
    max_leaves=12,
)
PROPERTIES = (
    "AssumeRolePolicyDocument", "Policies", "ManagedPolicyArns", "PermissionsBoundary", "PolicyDocument", "Roles",
    "Groups", "KeyPolicy", "Queues", "Bucket", "Principals", "Principal", "Content", "TargetIds", "InlinePolicy",
)  # fmt: skip
TYPES = (
    *TABLE, "AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group", "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy",
    "AWS::SSO::PermissionSet", "AWS::SSO::Assignment", "AWS::Organizations::Policy", "AWS::EC2::VPCEndpoint",
)  # fmt: skip


def world(resources: dict[str, Any]) -> World:
    return World([Template("stack.json", "stack", {"Resources": resources}, "111111111111", "eu-west-1")])


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(TYPES), st.dictionaries(st.sampled_from(PROPERTIES), VALUES, max_size=4))
def test_a_malformed_resource_is_no_error(type: str, properties: dict[str, Any]) -> None:
    made = world({"It": {"Type": type, "Properties": properties}})
    assert estate.read(made) == estate.read(made)
    assert list(invariants.verify(made)) == list(invariants.verify(made))


@settings(max_examples=60, deadline=None)
@given(VALUES)
@example({"Fn::If": []})
@example({"Fn::If": ["Only"]})
def test_a_malformed_policy_is_not_safe(value: Any) -> None:
    """Beside a statement that is open, whatever stands in another one hides nothing."""
    wide_open = {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}
    policy = {"Bucket": "b", "PolicyDocument": {"Statement": [wide_open, {**wide_open, "Action": value}]}}
    found = list(invariants.verify(world({"It": {"Type": "AWS::S3::BucketPolicy", "Properties": policy}})))
    assert "Policy-Outsider" in {finding.rule for finding in found}


def test_a_value_with_no_way_to_turn_out_is_not_safe() -> None:
    function = {"It": {"Type": "AWS::Lambda::Function", "Properties": {"VpcConfig": {"Fn::If": []}}}}
    assert {finding.verdict for finding in network.verify(world(function))} == {"not proven"}


def test_the_bootstrap_of_cdk_has_an_administrator_that_others_reach() -> None:
    file = ROOT / "node_modules/aws-cdk/lib/api/bootstrap/bootstrap-template.yaml"
    found = list(invariants.verify(World(read([file]))))
    assert {("Policy-Raise", "found"), ("Policy-Reach", "found"), ("Policy-Trust", "not proven")} <= rules(found)
    raised = {finding.logical_id for finding in found if finding.rule == "Policy-Raise"}
    assert raised == {"CloudFormationExecutionRole"}
    assert {finding.logical_id for finding in found if finding.rule == "Policy-Reach"} == {"DeploymentActionRole"}
