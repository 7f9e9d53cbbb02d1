"""Each rule denies what it says and nothing beside it; without the rule, the same request goes through."""

import re
from dataclasses import replace

import pytest
from fmops_constructs.organization import RULES, policies
from fmops_constructs.organization.rule import Rule

from tests.constructs.organization.asking import DEPLOYER, LANDING_ZONE, SCOPE, Ask, Values, allowed, made

IN_VPC: Values = {"sagemaker:VpcSubnets": ("subnet-1",)}
KEYS: Values = {
    "sagemaker:OutputKmsKey": "arn:aws:kms:eu-west-1:1:key/1",
    "sagemaker:VolumeKmsKey": "arn:aws:kms:eu-west-1:1:key/1",
}
JOB: Values = {**IN_VPC, **KEYS, "sagemaker:InstanceTypes": ("ml.m5.xlarge",), "sagemaker:NetworkIsolation": "true"}
NOVA = "arn:aws:bedrock:{}::foundation-model/amazon.nova-lite-v1:0"
GUARDED = {"bedrock:GuardrailIdentifier": "arn:aws:bedrock:eu-west-1:1:guardrail/a:1"}
SSO = "arn:aws:iam::{{account}}:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_{}_0123456789abcdef"
MODEL = Ask("bedrock:InvokeModel", NOVA.format("eu-west-1"), GUARDED, kind="application-prod")
OBJECT = Ask("s3:GetObject", "arn:aws:s3:::fmops-curated-000000000012-eu-west-1/x", kind="data-lake")
OUTSIDER = "arn:aws:iam::000000000666:role/x"


def without(values: Values, key: str) -> Values:
    return {name: value for name, value in values.items() if name != key}


CASES: list[tuple[str, Ask, Ask]] = [
    ("Membership", Ask("organizations:LeaveOrganization"), Ask("organizations:DescribeOrganization")),
    ("Membership", Ask("account:CloseAccount", by=LANDING_ZONE), Ask("account:GetAccountInformation")),
    ("RootUser", Ask("s3:ListAllMyBuckets", root=True), Ask("s3:ListAllMyBuckets")),
    (
        "RootUser",
        Ask("s3:GetBucketPolicy", root=True),
        Ask("s3:GetBucketPolicy", root=True, context={"aws:AssumedRoot": "true"}),
    ),
    ("LongTermKeys", Ask("iam:CreateUser"), Ask("iam:ListUsers")),
    (
        "LongTermKeys",
        Ask("iam:CreateServiceSpecificCredential", by=DEPLOYER),
        Ask("iam:ListServiceSpecificCredentials"),
    ),
    ("SignIn", Ask("iam:CreateSAMLProvider"), Ask("iam:CreateSAMLProvider", by=LANDING_ZONE)),
    (
        "FoundationRoles",
        Ask("iam:AttachRolePolicy", "arn:aws:iam::{account}:role/fmops/fmops-retail-hosting"),
        Ask("iam:AttachRolePolicy", "arn:aws:iam::{account}:role/fmops/fmops-retail-hosting", by=DEPLOYER),
    ),
    (
        "FoundationRoles",
        Ask("iam:CreatePolicyVersion", "arn:aws:iam::{account}:policy/fmops-boundary", by=DEPLOYER),
        Ask("iam:CreatePolicyVersion", "arn:aws:iam::{account}:policy/fmops-boundary", by=LANDING_ZONE),
    ),
    (
        "FoundationRoles",
        Ask("iam:UpdateAssumeRolePolicy", "arn:aws:iam::{account}:role/cdk-hnb659fds-cfn-exec-role-1-eu-west-1"),
        Ask("iam:UpdateAssumeRolePolicy", "arn:aws:iam::{account}:role/of-somebody"),
    ),
    (
        "FoundationRoles",
        Ask(
            "iam:CreateRole",
            "arn:aws:iam::{account}:role/fmops-launch",
            {"iam:PermissionsBoundary": "arn:aws:iam::000000000024:policy/fmops-boundary"},
        ),
        Ask("iam:GetRole", "arn:aws:iam::{account}:role/fmops-launch"),
    ),
    (
        "BoundedRoles",
        Ask("iam:CreateRole", "arn:aws:iam::{account}:role/x", by=DEPLOYER),
        Ask(
            "iam:CreateRole",
            "arn:aws:iam::{account}:role/x",
            {"iam:PermissionsBoundary": "arn:aws:iam::000000000024:policy/fmops-boundary"},
            by=DEPLOYER,
        ),
    ),
    (
        "BoundedRoles",
        Ask("iam:DeleteRolePermissionsBoundary", "arn:aws:iam::{account}:role/x"),
        Ask("iam:DeleteRolePermissionsBoundary", "arn:aws:iam::{account}:role/x", by=LANDING_ZONE),
    ),
    (
        "NobodyInStages",
        Ask("s3:ListAllMyBuckets", by=SSO.format("AdministratorAccess")),
        Ask("s3:ListAllMyBuckets", by=SSO.format("fmops-break-glass")),
    ),
    (
        "NobodyInStages",
        Ask("s3:ListAllMyBuckets", by=SSO.format("AdministratorAccess")),
        Ask("s3:ListAllMyBuckets", by=SSO.format("AdministratorAccess"), kind="experimentation"),
    ),
    (
        "NobodyInStages",
        Ask("s3:ListAllMyBuckets", context={"aws:SourceIdentity": "ana"}),
        Ask(
            "s3:ListAllMyBuckets",
            context={"aws:SourceIdentity": "ida"},
            by="arn:aws:iam::{account}:role/fmops/fmops-break-glass",
        ),
    ),
    ("InternetGateways", Ask("ec2:CreateInternetGateway", by=DEPLOYER), Ask("ec2:CreateVpcEndpoint")),
    ("InternetGateways", Ask("ec2:CreateNatGateway", by=LANDING_ZONE), Ask("ec2:CreateSubnet")),
    (
        "PublicAddresses",
        Ask(
            "ec2:RunInstances",
            "arn:aws:ec2:eu-west-1:{account}:network-interface/*",
            {"ec2:AssociatePublicIpAddress": "true"},
        ),
        Ask(
            "ec2:RunInstances",
            "arn:aws:ec2:eu-west-1:{account}:network-interface/*",
            {"ec2:AssociatePublicIpAddress": "false"},
        ),
    ),
    ("NetworkJoins", Ask("ec2:CreateVpcPeeringConnection"), Ask("ec2:CreateVpcPeeringConnection", by=DEPLOYER)),
    ("NetworkJoins", Ask("ec2:CreateTransitGatewayVpcAttachment"), Ask("ec2:DescribeTransitGateways")),
    ("FrontDoors", Ask("lambda:CreateFunctionUrlConfig", by=DEPLOYER), Ask("lambda:GetFunction")),
    (
        "FrontDoors",
        Ask("elasticloadbalancing:CreateLoadBalancer", context={"elasticloadbalancing:Scheme": "internet-facing"}),
        Ask("elasticloadbalancing:CreateLoadBalancer", context={"elasticloadbalancing:Scheme": "internal"}),
    ),
    (
        "FrontDoors",
        Ask(
            "apigateway:POST",
            "arn:aws:apigateway:eu-west-1::/restapis",
            {"apigateway:Request/EndpointType": ("REGIONAL",)},
        ),
        Ask(
            "apigateway:POST",
            "arn:aws:apigateway:eu-west-1::/restapis",
            {"apigateway:Request/EndpointType": ("PRIVATE",)},
        ),
    ),
    (
        "FrontDoors",
        Ask("apigateway:POST", "arn:aws:apigateway:eu-west-1::/apis"),
        Ask("apigateway:POST", "arn:aws:apigateway:eu-west-1::/restapis/a/resources"),
    ),
    ("OutsideNetwork", Ask("lambda:CreateFunction"), Ask("lambda:CreateFunction", context={"lambda:VpcIds": "vpc-1"})),
    (
        "OutsideNetwork",
        Ask("codebuild:CreateProject", by=DEPLOYER),
        Ask("codebuild:CreateProject", by=DEPLOYER, context={"codebuild:vpcConfig": "vpc-1"}),
    ),
    (
        "JobsInVpc",
        Ask("sagemaker:CreateTrainingJob", context=without(JOB, "sagemaker:VpcSubnets")),
        Ask("sagemaker:CreateTrainingJob", context=JOB),
    ),
    (
        "PrivateStudio",
        Ask(
            "sagemaker:CreateDomain",
            context={**JOB, "sagemaker:AppNetworkAccessType": "PublicInternetOnly"},
            kind="experimentation",
        ),
        Ask(
            "sagemaker:CreateDomain",
            context={**JOB, "sagemaker:AppNetworkAccessType": "VpcOnly"},
            kind="experimentation",
        ),
    ),
    (
        "PrivateStudio",
        Ask("sagemaker:CreateNotebookInstance", context=JOB, kind="experimentation"),
        Ask(
            "sagemaker:CreateNotebookInstance",
            context={**JOB, "sagemaker:DirectInternetAccess": "Disabled"},
            kind="experimentation",
        ),
    ),
    (
        "JobsEncrypted",
        Ask("sagemaker:CreateTrainingJob", context=without(JOB, "sagemaker:OutputKmsKey")),
        Ask("sagemaker:CreateTrainingJob", context=JOB),
    ),
    (
        "JobsEncrypted",
        Ask("sagemaker:CreateEndpointConfig", context={"sagemaker:InstanceTypes": ("ml.m5.xlarge", "ml.g5.xlarge")}),
        Ask("sagemaker:CreateEndpointConfig", context={"sagemaker:InstanceTypes": ("ml.g5.xlarge",)}),
    ),
    (
        "JobsEncrypted",
        Ask("sagemaker:CreateEndpointConfig", context={"sagemaker:InstanceTypes": ("ml.c5.large",)}),
        Ask("sagemaker:CreateEndpointConfig"),  # serverless: no instances
    ),
    (
        "IsolatedModels",
        Ask("sagemaker:CreateModel", context=IN_VPC),
        Ask("sagemaker:CreateModel", context={**IN_VPC, "sagemaker:NetworkIsolation": "true"}),
    ),
    (
        "IsolatedModels",
        Ask("sagemaker:CreateTrainingJob", context={**JOB, "sagemaker:NetworkIsolation": "false"}),
        Ask(
            "sagemaker:CreateTrainingJob",
            context={**JOB, "sagemaker:NetworkIsolation": "false"},
            kind="experimentation",
        ),
    ),
    (
        "NoStudio",
        Ask("sagemaker:CreateUserProfile"),
        Ask("sagemaker:CreateUserProfile", kind="experimentation"),
    ),
    ("ModelDoors", Ask("bedrock:CreateModelInvocationJob"), Ask("bedrock:ListModelInvocationJobs")),
    ("ModelDoors", Ask("bedrock-mantle:CreateInference", by=DEPLOYER), Ask("bedrock:ListFoundationModels")),
    ("ModelDoors", Ask("bedrock:RetrieveAndGenerate"), Ask("bedrock:Retrieve")),
    ("ModelsGuarded", MODEL.but(context={}), MODEL),
    (
        "ModelsGuarded",
        MODEL.but(context={}, action="bedrock:InvokeModelWithResponseStream"),
        MODEL.but(context={}, resource="arn:aws:bedrock:eu-west-1:{account}:application-inference-profile/a"),
    ),
    ("ModelPurchases", Ask("aws-marketplace:Subscribe"), Ask("aws-marketplace:Subscribe", by=LANDING_ZONE)),
    ("ModelMaking", Ask("bedrock:CreateCustomModelDeployment"), Ask("bedrock:CreateCustomModelDeployment", kind="dev")),
    ("ModelsListed", MODEL.but(resource=NOVA.format("eu-west-1").replace("nova-lite", "nova-pro")), MODEL),
    ("ModelsListed", MODEL.but(resource=NOVA.format("us-west-2")), MODEL.but(resource=NOVA.format("eu-west-3"))),
    ("ModelsListed", MODEL.but(kind="prod"), MODEL.but(kind="application-dev")),
    (
        "ModelsListed",
        MODEL.but(resource="arn:aws:bedrock:eu-west-1:{account}:custom-model-deployment/a"),
        MODEL.but(resource="arn:aws:bedrock:eu-west-1:{account}:application-inference-profile/a"),
    ),
    ("Records", Ask("cloudtrail:StopLogging", by=DEPLOYER), Ask("cloudtrail:StopLogging", by=LANDING_ZONE)),
    ("Records", Ask("ec2:DeleteFlowLogs"), Ask("ec2:DeleteFlowLogs", by=DEPLOYER)),
    (
        "Records",
        Ask("logs:DeleteLogGroup", "arn:aws:logs:eu-west-1:{account}:log-group:/fmops/network/flow-logs"),
        Ask("logs:DeleteLogGroup", "arn:aws:logs:eu-west-1:{account}:log-group:/aws/codebuild/retail/churn-build"),
    ),
    (
        "Records",
        Ask("bedrock:PutModelInvocationLoggingConfiguration", by=DEPLOYER),
        Ask(
            "bedrock:PutModelInvocationLoggingConfiguration",
            by="arn:aws:iam::{account}:role/fmops/fmops-invocation-log-setter",
        ),
    ),
    ("Keys", Ask("kms:ScheduleKeyDeletion", by=DEPLOYER), Ask("kms:Decrypt")),
    ("Keys", Ask("kms:PutKeyPolicy"), Ask("kms:PutKeyPolicy", by=DEPLOYER)),
    ("Guardrails", Ask("bedrock:UpdateGuardrail"), Ask("bedrock:UpdateGuardrail", by=DEPLOYER)),
    ("Guardrails", Ask("bedrock:DeleteEnforcedGuardrailConfiguration"), Ask("bedrock:ApplyGuardrail")),
    (
        "Buckets",
        OBJECT.but(action="s3:DeleteBucketPolicy"),
        OBJECT.but(action="s3:DeleteBucketPolicy", by=DEPLOYER),
    ),
    ("Buckets", OBJECT.but(action="s3:BypassGovernanceRetention", by=DEPLOYER), OBJECT),
    (
        "Shares",
        Ask("ram:CreateResourceShare", context={"ram:RequestedAllowsExternalPrincipals": "true"}, by=DEPLOYER),
        Ask("ram:CreateResourceShare", context={"ram:RequestedAllowsExternalPrincipals": "false"}, by=DEPLOYER),
    ),
    (
        "Regions",
        Ask("s3:CreateBucket", context={"aws:RequestedRegion": "ap-south-1"}),
        Ask("s3:CreateBucket", context={"aws:RequestedRegion": "us-east-1"}),
    ),
    (
        "Regions",
        Ask("kms:CreateKey", context={"aws:RequestedRegion": "eu-north-1"}),
        MODEL.but(resource=NOVA.format("eu-north-1"), context={**GUARDED, "aws:RequestedRegion": "eu-north-1"}),
    ),
    ("OwnPrincipals", OBJECT.but(by=OUTSIDER, organisation="o-another000"), OBJECT),
    (
        "OwnPrincipals",
        OBJECT.but(by=OUTSIDER, organisation=""),
        OBJECT.but(by="arn:aws:iam::000000000777:role/partner", organisation="o-partner0000"),
    ),
    (
        "OwnDeputies",
        OBJECT.but(
            service="logging.s3.amazonaws.com",
            context={"aws:SourceAccount": "000000000666", "aws:SourceOrgID": "o-another000"},
        ),
        OBJECT.but(
            service="logging.s3.amazonaws.com",
            context={"aws:SourceAccount": "000000000012", "aws:SourceOrgID": "o-exampleorgid"},
        ),
    ),
    ("SecureTransport", OBJECT.but(context={"aws:SecureTransport": "false"}), OBJECT),
]


@pytest.mark.parametrize(("rule", "denied", "beside"), CASES, ids=[f"{c[0]}-{c[1].action}" for c in CASES])
def test_it_denies_what_it_says_and_nothing_beside_it(rule: str, denied: Ask, beside: Ask) -> None:
    assert not allowed(denied)
    assert allowed(beside)
    others = tuple(other for other in RULES if other.id != rule)
    assert allowed(denied, made(others)), "another rule denies it, too: this case shows nothing"


def test_an_embedding_needs_no_guardrail_but_a_place_on_the_list() -> None:
    embed = "arn:aws:bedrock:eu-west-1::foundation-model/amazon.titan-embed-text-v2:0"
    ask = Ask("bedrock:InvokeModel", embed)
    assert not allowed(ask)
    listed = tuple(policies(replace(SCOPE, models={"prod": (embed,)})))
    assert allowed(ask, listed)
    assert not allowed(ask.but(resource=NOVA.format("eu-west-1")), listed)


def test_every_rule_has_a_case() -> None:
    assert {rule.id for rule in RULES} == {case[0] for case in CASES}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_it_says_why_what_for_and_who_says_so(rule: Rule) -> None:
    assert re.fullmatch(r"[A-Z][A-Za-z]+", rule.id)
    assert rule.what
    assert rule.reason.endswith(".")
    assert rule.requirements
    assert all(re.fullmatch(r"R[1-9]\d*", number) for number in rule.requirements)
    assert rule.source.startswith(("https://docs.aws.amazon.com/", "https://github.com/aws-samples/"))


def test_no_two_rules_have_the_same_name() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
