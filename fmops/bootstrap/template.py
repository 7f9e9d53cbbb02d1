"""The CDK CLI's own bootstrap template, transformed as data: what it gave widely is exact, and the rest is gone.

What the CLI relies on stays as it is: the stack's parameters that it sends, the qualifier, the names of roles and
bucket, the version in its parameter and its output.
"""

import copy
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from fmops_constructs import names

from fmops.bootstrap import boundary, roles
from fmops.bootstrap.packing import Document
from fmops.problem import Problem

VARIANT = "FMOps foundation"
"""Who made a toolkit stack: the CLI overwrites no other's unless it is told to."""
VERSION = 1
"""Of this module: raised when what it does changes in kind. The digest beside it tells everything else."""
STAMP = "FmopsBootstrapVersion"
BOUNDARY, FOUNDATIONS = "BootstrapBoundary", "FoundationBoundary"
EXECUTION = "CloudFormationExecutionRole"
GONE = (
    "CdkBoostrapPermissionsBoundaryPolicy",  # AWS's spelling; an example that allows everything
    "ContainerAssetsRepository",
    "FilePublishingRoleDefaultPolicy",
    "ImagePublishingRole",
    "ImagePublishingRoleDefaultPolicy",
)
"""Resources of the official template that are not needed, or are replaced: no image is an asset of ours."""
SENT = {
    "CloudFormationExecutionPolicies": "the execution role has the policies of this template",
    "FileAssetsBucketKmsKeyId": "the bucket has a key of its own",
    "PublicAccessBlockConfiguration": "nothing is ever public",
    "TrustedAccounts": "this template names the one account that deploys",
    "TrustedAccountsForLookup": "this template names the one account that deploys",
}
"""Parameters that the CLI sends and that nothing refers to any more, each with what is so instead."""
KEPT = ("BootstrapVariant", "Qualifier", *SENT)
TRUSTED = {"DeploymentActionRole": "deploy", "FilePublishingRole": "file-publishing", "LookupRole": "lookup"}
"""Roles that the trusted account takes, and the purpose in their policy's name."""


def build(official: Mapping[str, Any], policies: Sequence[Document], *, trust: str | None, home: bool) -> Document:
    """The bootstrap template of a place.

    Args:
        official: what `cdk bootstrap --show-template --json` prints.
        policies: of the execution role.
        trust: the only account whose principals may deploy; None: the place's own.
        home: whether the region is home, where an account's identities are made: the foundation's boundary is there.

    Raises:
        Problem: the official template has no longer what is transformed here.
    """
    template = copy.deepcopy(dict(official))
    try:
        resources = template["Resources"]
        for name in GONE:
            del resources[name]
        _parameters(template["Parameters"])
        _key_and_bucket(resources)
        _roles(resources, policies, trust or roles.ACCOUNT)
        if home:
            resources[FOUNDATIONS] = _foundations_boundary()
        del template["Conditions"]
        _outputs(template)
    except KeyError as error:
        raise Problem(
            f"The CDK CLI's bootstrap template has no {error} any more.",
            "Look at its new version (cdk bootstrap --show-template), and adapt fmops/bootstrap/template.py.",
        ) from error
    return _stamped(template)


def _parameters(parameters: Document) -> None:
    for name in set(parameters) - set(KEPT):
        del parameters[name]
    for name, instead in SENT.items():
        parameters[name]["Description"] = f"Sent by the CDK CLI, and not used: {instead}"
    parameters["BootstrapVariant"]["Default"] = VARIANT


def _key_and_bucket(resources: Document) -> None:
    key, alias = resources["FileAssetsBucketEncryptionKey"], resources["FileAssetsBucketEncryptionKeyAlias"]
    del key["Condition"], alias["Condition"]
    account = {"AWS": {"Fn::Sub": roles.IAM + "root"}}
    key["Properties"] = {
        "Description": "Assets of deployments: code and templates",
        "EnableKeyRotation": True,
        "KeyPolicy": {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": account, "Action": list(roles.KEY_ADMINISTRATION), "Resource": "*"},
                {
                    "Effect": "Allow",
                    "Principal": account,  # whose roles use it only if their own policies say so too
                    "Action": ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"],
                    "Resource": "*",
                    "Condition": roles.VIA_S3,
                },
            ],
        },
    }
    bucket = resources["StagingBucket"]["Properties"]
    del bucket["AccessControl"]
    bucket |= {
        "BucketName": {"Fn::Sub": "cdk-${Qualifier}-assets-${AWS::AccountId}-${AWS::Region}"},
        "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        "PublicAccessBlockConfiguration": dict.fromkeys(
            ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True
        ),
    }
    (encryption,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    encryption["BucketKeyEnabled"] = True
    encryption["ServerSideEncryptionByDefault"]["KMSMasterKeyID"] = roles.KEY_ARN


def _roles(resources: Document, policies: Sequence[Document], trust: str) -> None:
    documents = [*policies, {"Version": "2012-10-17", "Statement": list(roles.EXECUTION_READS)}]
    names = [f"execution-{number}" for number in range(1, len(documents) + 1)]
    execution = {  # a description that changes replaces its policy, and one with a name can't be replaced
        f"Execution{number}": _policy(name, document, f"What CloudFormation may do here, part {number}")
        for number, (name, document) in enumerate(zip(names, documents, strict=True), 1)
    }
    resources |= execution
    resources[BOUNDARY] = _policy("boundary", roles.boundary(policies), "The most that a bootstrap role can ever do")
    for name, purpose in TRUSTED.items():
        role = resources[name]["Properties"]
        statement = {"Version": "2012-10-17", "Statement": list(roles.RIGHTS[name])}
        resources[f"{name}Policy"] = _policy(purpose, statement, f"What the {purpose} role may do")
        role |= {"AssumeRolePolicyDocument": roles.trusting(trust), "ManagedPolicyArns": [{"Ref": f"{name}Policy"}]}
        role.pop("Policies", None)
    resources[EXECUTION]["Properties"]["ManagedPolicyArns"] = [{"Ref": name} for name in execution]
    for name in (*TRUSTED, EXECUTION):
        resources[name]["Properties"]["PermissionsBoundary"] = {"Ref": BOUNDARY}


def _foundations_boundary() -> Document:
    """It has the name that all roles of the foundation look for."""
    made = _policy("", boundary.document(), "The most that any role of the foundation can do")
    made["Properties"]["ManagedPolicyName"] = names.BOUNDARY
    return made


def _policy(name: str, document: Document, description: str) -> Document:
    full = {"Fn::Sub": f"cdk-${{Qualifier}}-{name}-${{AWS::AccountId}}-${{AWS::Region}}"}
    properties = {"ManagedPolicyName": full, "Description": description, "PolicyDocument": document}
    return {"Type": "AWS::IAM::ManagedPolicy", "Properties": properties}


def _outputs(template: Document) -> None:
    outputs = template["Outputs"]
    del outputs["ImageRepositoryName"]
    outputs["FileAssetKeyArn"]["Value"] = roles.KEY_ARN


def _stamped(template: Document) -> Document:
    """The template with its own version: what tells whether an account has it."""
    digest = hashlib.sha256(json.dumps(template, sort_keys=True).encode()).hexdigest()
    stamp = f"{VERSION}-{digest[:16]}"
    name = {"Fn::Sub": "/cdk-bootstrap/${Qualifier}/fmops"}
    template["Resources"][STAMP] = {
        "Type": "AWS::SSM::Parameter",
        "Properties": {"Type": "String", "Name": name, "Value": stamp},
    }
    template["Outputs"][STAMP] = {"Description": "Version and digest of this template", "Value": stamp}
    return template


def stamp(template: Mapping[str, Any]) -> str:
    """The version that a template carries."""
    return str(template["Outputs"][STAMP]["Value"])
