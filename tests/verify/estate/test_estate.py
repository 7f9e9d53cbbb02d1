"""What templates hold: names and ARNs, policies from everywhere, and what isn't known of them."""

from typing import Any

import pytest

from fmops.verify import estate
from fmops.verify.estate import Estate, Holder, arns, managed
from fmops.verify.estate.documents import MOST, alternatives, readings
from fmops.verify.templates import Template
from fmops.verify.values import Either, Pointer, Text, World
from tests.verify.invariants.parts import OURS, ROOT, assume, bucket, document, role, statement, trusted

READ = statement("s3:GetObject", "*")


def template(resources: Any, account: str = OURS, **body: Any) -> Template:
    return Template("stack.json", "stack", {"Resources": resources, **body}, account, "eu-west-1" if account else "")


def estate_of(resources: Any, account: str = OURS, **body: Any) -> Estate:
    return estate.read(World([template(resources, account, **body)]))


def holder(resources: Any, **body: Any) -> Holder:
    return next(one for one in estate_of(resources, **body).holders if one.resource.logical_id == "It")


def allowed(one: Holder) -> set[str]:
    """Every action that its identity policies allow, read widely."""
    found: set[str] = set()
    for policy in one.identity:
        for reading in policy.readings:
            for said in reading.wide["Statement"]:
                actions = said["Action"]
                found |= {actions} if isinstance(actions, str) else set(actions)
    return found


@pytest.mark.parametrize(
    ("type", "properties", "attribute", "text"),
    [
        ("AWS::S3::Bucket", {"BucketName": "data"}, "Arn", "arn:aws:s3:::data"),
        ("AWS::S3::Bucket", {}, "Ref", "stack-it-minted"),
        ("AWS::IAM::Role", {"RoleName": "r", "Path": "/p/"}, "Arn", f"arn:aws:iam::{OURS}:role/p/r"),
        ("AWS::IAM::Role", {"RoleName": "r"}, "Ref", "r"),
        ("AWS::IAM::ManagedPolicy", {}, "Ref", f"arn:aws:iam::{OURS}:policy/stack-It-minted"),
        ("AWS::KMS::Key", {}, "Arn", f"arn:aws:kms:eu-west-1:{OURS}:key/stack-It-minted"),
        ("AWS::SQS::Queue", {"QueueName": "q"}, "Ref", f"https://sqs.eu-west-1.amazonaws.com/{OURS}/q"),
        ("AWS::SQS::Queue", {"QueueName": "q"}, "Arn", f"arn:aws:sqs:eu-west-1:{OURS}:q"),
        ("AWS::SNS::Topic", {"TopicName": "t"}, "Ref", f"arn:aws:sns:eu-west-1:{OURS}:t"),
        ("AWS::Invented::Thing", {}, "Arn", f"arn:aws:invented:eu-west-1:{OURS}:stack-It-minted"),
        ("AWS::Invented::Thing", {}, "Size", "stack-It-minted-size"),
    ],
)
def test_a_pointer_is_written_as_aws_does(type: str, properties: Any, attribute: str, text: str) -> None:
    made = template({"It": {"Type": type, "Properties": properties}})
    assert arns.write(Pointer(made.resources["It"], attribute), World([made])) == text


def test_two_resources_are_never_one() -> None:
    made = template({"One": {"Type": "AWS::KMS::Key"}, "Two": {"Type": "AWS::KMS::Key"}})
    one, two = (arns.arn(made.resources[name], World([made])) for name in ("One", "Two"))
    assert one != two


def test_a_role_has_all_its_policies() -> None:
    resources = {
        **role(READ, ManagedPolicyArns=[{"Ref": "Policy"}]),
        "Policy": {
            "Type": "AWS::IAM::ManagedPolicy",
            "Properties": {"PolicyDocument": document(statement("sqs:SendMessage", "*"))},
        },
        "Attached": {
            "Type": "AWS::IAM::ManagedPolicy",
            "Properties": {"Roles": [{"Ref": "It"}], "PolicyDocument": document(statement("sns:Publish", "*"))},
        },
        "Apart": {
            "Type": "AWS::IAM::RolePolicy",
            "Properties": {"RoleName": "it", "PolicyDocument": document(statement("kms:Decrypt", "*"))},
        },
    }
    assert allowed(holder(resources)) == {"s3:GetObject", "sqs:SendMessage", "sns:Publish", "kms:Decrypt"}


def test_a_user_has_the_policies_of_its_groups() -> None:
    group = {"Policies": [{"PolicyName": "own", "PolicyDocument": document(READ)}], "GroupName": "readers"}
    resources = {
        "It": {"Type": "AWS::IAM::User", "Properties": {"UserName": "it"}},
        "Group": {"Type": "AWS::IAM::Group", "Properties": group},
        "Member": {
            "Type": "AWS::IAM::UserToGroupAddition",
            "Properties": {"GroupName": {"Ref": "Group"}, "Users": [{"Ref": "It"}]},
        },
    }
    assert allowed(holder(resources)) == {"s3:GetObject"}


def test_a_permission_set_is_a_role_of_each_account() -> None:
    resources = {
        "Set": {
            "Type": "AWS::SSO::PermissionSet",
            "Properties": {
                "Name": "reader",
                "InlinePolicy": document(READ),
                "CustomerManagedPolicyReferences": [{"Name": "more", "Path": "/p/"}],
                "PermissionsBoundary": {"CustomerManagedPolicyReference": {"Name": "limit"}},
            },
        },
        **{
            f"In{account}": {
                "Type": "AWS::SSO::Assignment",
                "Properties": {"PermissionSetArn": {"Fn::GetAtt": "Set.PermissionSetArn"}, "TargetId": account},
            }
            for account in ("111111111111", "222222222222")
        },
    }
    found = estate_of(resources).holders
    assert [one.account for one in found] == ["111111111111", "222222222222"]
    assert found[1].arn.startswith(
        "arn:aws:iam::222222222222:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_reader_"
    )
    assert found[1].boundary_name == "arn:aws:iam::222222222222:policy/limit"
    assert [policy.place for policy in found[1].identity] == [
        "arn:aws:iam::222222222222:policy/p/more",
        "stack/Set InlinePolicy",
    ]


def test_a_policy_that_is_nowhere_may_be_anything() -> None:
    one = holder(role(ManagedPolicyArns=[f"arn:aws:iam::{OURS}:policy/elsewhere"]))
    (reading,) = one.identity[0].readings
    assert reading.wide["Statement"] == [{"Effect": "Allow", "Action": "*", "Resource": "*"}]
    assert reading.narrow["Statement"] == []
    assert "elsewhere is in none of the templates" in reading.unknown[0]


def test_a_policy_of_aws_is_known_by_its_arn() -> None:
    found = managed.document("arn:aws:iam::aws:policy/AdministratorAccess")
    assert found is not None
    assert found["Statement"] == [{"Action": "*", "Effect": "Allow", "Resource": "*"}]
    assert managed.document("arn:aws:iam::aws:policy/service-role/AdministratorAccess") is None
    assert managed.document("arn:aws:iam::aws:policy/NeverHeardOf") is None


def test_what_a_template_does_not_tell_is_read_widely_and_narrowly() -> None:
    given = {"Ref": "Given"}
    made = template({}, Parameters={"Given": {"Type": "String"}})
    content = document(
        statement("s3:GetObject", {"Fn::Sub": "arn:aws:s3:::${Given}/*"}),
        statement("s3:PutObject", "*", effect="Deny", when={"StringEquals": {"aws:PrincipalOrgID": given}}),
        statement("s3:ListBucket", "*", when={"StringEquals": {"aws:PrincipalOrgID": given, "aws:Referer": "x"}}),
    )
    (reading,) = readings(World([made]), made, content, person=False)
    assert [one["Action"] for one in reading.wide["Statement"]] == ["s3:GetObject", "s3:ListBucket"]
    assert reading.wide["Statement"][0]["Resource"] == "arn:aws:s3:::*/*"
    assert reading.wide["Statement"][1]["Condition"] == {"StringEquals": {"aws:Referer": "x"}}
    assert [one["Action"] for one in reading.narrow["Statement"]] == ["s3:PutObject"]
    assert reading.unknown == ("parameter Given is given at the launch",)


def test_not_action_of_something_unknown_is_everything() -> None:
    made = template({}, Parameters={"Given": {"Type": "String"}})
    content = document({"Effect": "Allow", "NotAction": [{"Ref": "Given"}], "Resource": "*"})
    (reading,) = readings(World([made]), made, content, person=False)
    assert reading.wide["Statement"][0]["Action"] == "*"


def test_a_principal_that_is_not_known_is_everybody() -> None:
    made = template({}, Parameters={"Given": {"Type": "String"}})
    content = document(statement("s3:GetObject", "*", who={"AWS": {"Fn::Sub": "arn:aws:iam::${Given}:root"}}))
    (reading,) = readings(World([made]), made, content, person=True)
    assert reading.wide["Statement"][0]["Principal"] == "*"


def test_a_template_of_no_account_is_of_one_all_the_same() -> None:
    (one,) = estate_of(trusted(assume({"AWS": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root"}})), account="").holders
    assert one.account == arns.HERE
    assert one.trust is not None
    assert one.trust.readings[0].wide["Statement"][0]["Principal"] == {"AWS": f"arn:aws:iam::{arns.HERE}:root"}
    assert one.trust.readings[0].unknown == ()


def test_equal_values_turn_out_alike() -> None:
    either = Either(("a", "b"))
    assert list(alternatives([either, Text(("x", either))])) == [["a", Text(("x", "a"))], ["b", Text(("x", "b"))]]


def test_too_many_ways_are_not_proven() -> None:
    made = template({})
    ways = [statement({"Fn::If": [f"C{n}", f"s3:a{n}", f"s3:b{n}"]}, "*") for n in range(7)]  # type: ignore[arg-type]
    assert 2 ** len(ways) > MOST
    (reading,) = readings(World([made]), made, document(*ways), person=False)
    assert "ways" in reading.unknown[0]


def test_a_condition_of_a_policy_may_leave_it_out() -> None:
    limit = {"Type": "AWS::IAM::ManagedPolicy", "Condition": "Prod", "Properties": {"PolicyDocument": document(READ)}}
    one = holder({**role(READ, PermissionsBoundary={"Ref": "Limit"}), "Limit": limit})
    assert one.boundary is not None
    assert [len(reading.wide["Statement"]) for reading in one.boundary.readings] == [1, 0]


def test_a_bucket_is_guarded_with_its_objects() -> None:
    (one,) = estate_of(bucket(statement("s3:GetObject", who=ROOT))).guarded
    assert one.noun == "bucket"
    assert one.arns == ("arn:aws:s3:::stack-bucket-minted", "arn:aws:s3:::stack-bucket-minted/*")


def test_what_a_policy_guards_is_found_in_another_stack() -> None:
    place = (OURS, "eu-west-1")
    outputs = {"Out": {"Value": {"Ref": "Queue"}, "Export": {"Name": "queue"}}}
    one = Template("a.json", "a", {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}, "Outputs": outputs}, *place)
    policy = {"Queues": [{"Fn::ImportValue": "queue"}], "PolicyDocument": document(statement("sqs:*", "*", who=ROOT))}
    two = Template(
        "b.json", "b", {"Resources": {"It": {"Type": "AWS::SQS::QueuePolicy", "Properties": policy}}}, *place
    )
    (found,) = estate.read(World([one, two])).guarded
    assert found.arns == (f"arn:aws:sqs:eu-west-1:{OURS}:a-Queue-minted",)


def test_control_policies_have_targets() -> None:
    properties = {
        "Type": "SERVICE_CONTROL_POLICY",
        "TargetIds": [OURS],
        "Content": document(statement("iam:*", "*", effect="Deny")),
    }
    resources = {"It": {"Type": "AWS::Organizations::Policy", "Properties": properties}}
    (one,) = estate_of(resources).controls
    assert (one.kind, one.targets) == ("scp", (OURS,))
