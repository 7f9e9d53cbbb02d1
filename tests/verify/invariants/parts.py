"""Parts of templates that faults and their twins are made of."""

from typing import Any

Resources = dict[str, dict[str, Any]]
ORG, OURS, OTHERS = "o-ours0000000", "111111111111", "222222222222"
IN_ORG = {"StringEquals": {"aws:PrincipalOrgID": ORG}}
ROOT = {"AWS": f"arn:aws:iam::{OURS}:root"}
THEIRS = {"AWS": f"arn:aws:iam::{OTHERS}:root"}
BOUNDARY = f"arn:aws:iam::{OURS}:policy/ours-boundary"


def statement(action: str | list[str], resource: Any = None, *, effect: str = "Allow", **more: Any) -> dict[str, Any]:
    """A statement; `who` is its Principal, `when` its Condition."""
    names = {"who": "Principal", "when": "Condition", "unwho": "NotPrincipal", "unaction": "NotAction"}
    made = {"Effect": effect, **{names.get(key, key): value for key, value in more.items() if value is not None}}
    if "NotAction" not in made:
        made["Action"] = action
    return {**made, **({} if resource is None else {"Resource": resource})}


def document(*statements: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def bucket(*statements: Any, **more: Any) -> Resources:
    """A bucket and its policy; a statement is about its objects unless it says otherwise."""
    objects = {"Fn::Sub": "${Bucket.Arn}/*"}
    filled = [one if "Fn::If" in one else {"Resource": objects, **one} for one in statements]
    return {
        "Bucket": {"Type": "AWS::S3::Bucket"},
        "It": {
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": document(*filled)},
        },
        **more,
    }


def read(who: Any = "*", when: Any = None, **more: Any) -> dict[str, Any]:
    """A statement that lets somebody read a bucket's objects."""
    return statement("s3:GetObject", who=who, when=when, **more)


def guarded(type: str, where: str, *statements: Any, **properties: Any) -> Resources:
    """A resource with a policy, by the property's path."""
    value: Any = document(*statements)
    for name in reversed(where.split(".")):
        value = {name: value}
    return {"It": {"Type": type, "Properties": {**properties, **value}}}


def key(*statements: Any) -> Resources:
    return guarded("AWS::KMS::Key", "KeyPolicy", statement("kms:*", "*", who=ROOT), *statements)


def queue(*statements: Any) -> Resources:
    return {
        "Queue": {"Type": "AWS::SQS::Queue"},
        **guarded("AWS::SQS::QueuePolicy", "PolicyDocument", *statements, Queues=[{"Ref": "Queue"}]),
    }


def topic(*statements: Any) -> Resources:
    return {
        "Topic": {"Type": "AWS::SNS::Topic"},
        **guarded("AWS::SNS::TopicPolicy", "PolicyDocument", *statements, Topics=[{"Ref": "Topic"}]),
    }


def permission(principal: str, **more: Any) -> Resources:
    """A function that somebody may call."""
    properties = {
        "FunctionName": {"Ref": "Function"},
        "Action": "lambda:InvokeFunction",
        "Principal": principal,
        **more,
    }
    return {
        "Function": {"Type": "AWS::Lambda::Function"},
        "It": {"Type": "AWS::Lambda::Permission", "Properties": properties},
    }


def trusted(*statements: Any, **properties: Any) -> Resources:
    """A role and who takes it."""
    return {
        "It": {
            "Type": "AWS::IAM::Role",
            "Properties": {"AssumeRolePolicyDocument": document(*statements), "RoleName": "it", **properties},
        }
    }


def assume(who: Any, when: Any = None, action: str = "sts:AssumeRole") -> dict[str, Any]:
    return statement(action, who=who, when=when)


LAMBDA = assume({"Service": "lambda.amazonaws.com"})


def role(*statements: Any, **properties: Any) -> Resources:
    """A function's role and what it may do."""
    inline = [{"PolicyName": "own", "PolicyDocument": document(*statements)}] if statements else []
    return trusted(LAMBDA, Policies=inline, **properties)


def user(*statements: Any) -> Resources:
    inline = [{"PolicyName": "own", "PolicyDocument": document(*statements)}]
    return {"It": {"Type": "AWS::IAM::User", "Properties": {"UserName": "it", "Policies": inline}}}


def endpoint(*statements: Any) -> Resources:
    policy = {"PolicyDocument": document(*statements)} if statements else {}
    properties = {"ServiceName": "com.amazonaws.eu-west-1.kms", "VpcEndpointType": "Interface", **policy}
    return {"It": {"Type": "AWS::EC2::VPCEndpoint", "Properties": properties}}
