"""What limits whole accounts and networks: control policies, endpoint policies, who may speak for the organisation."""

import time
from typing import Any

from botocore.exceptions import ClientError

from tests.local.conftest import REGION
from tests.refusals.table import refused
from tests.refusals.world import ACCOUNT, MANAGEMENT, World, document, statement

GUIDE = "https://docs.aws.amazon.com/organizations/latest/userguide"
API = "https://docs.aws.amazon.com/organizations/latest/APIReference"
ENDPOINTS = "https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html"


def controlled(world: World, policy: str) -> str:
    """A control policy on the account; its id."""
    client = world.client("organizations", MANAGEMENT)
    made = client.create_policy(
        Content=policy, Description="", Name=world.name("control"), Type="SERVICE_CONTROL_POLICY"
    )
    wanted = str(made["Policy"]["PolicySummary"]["Id"])
    client.attach_policy(PolicyId=wanted, TargetId=ACCOUNT)
    return wanted


def released(world: World, policy: str) -> None:
    """Takes a control policy away again: other rows use the account too."""
    client = world.client("organizations", MANAGEMENT)
    client.detach_policy(PolicyId=policy, TargetId=ACCOUNT)
    client.delete_policy(PolicyId=policy)


@refused(
    "A control policy denies what the role's policies allow",
    wrong="sqs:ListQueues",
    right="sqs:DeleteQueue",
    code="AccessDenied",
    says=r"is not authorized to perform: sqs:ListQueues .*with an explicit deny in a service control policy",
    source=f"{GUIDE}/orgs_manage_policies_scps_evaluation.html",
)
def control_policy(world: World, denied: str) -> None:
    policy = controlled(world, document({"Effect": "Deny", "Action": denied, "Resource": "*"}))
    try:
        world.allowed("sqs", statement("sqs:*")).list_queues()
    finally:
        released(world, policy)


@refused(
    "A control policy denies a region",
    wrong="eu-central-1",
    right=REGION,
    code="AccessDenied",
    says="with an explicit deny in a service control policy",
    source=f"{GUIDE}/orgs_manage_policies_scps_examples_general.html",
)
def denied_region(world: World, region: str) -> None:
    condition = {"StringNotEquals": {"aws:RequestedRegion": REGION}}
    policy = controlled(world, document({"Effect": "Deny", "Action": "sqs:*", "Resource": "*", "Condition": condition}))
    try:
        role = world.role(statement("sqs:*"))
        taken = world.client("sts").assume_role(RoleArn=role, RoleSessionName="elsewhere")["Credentials"]
        client = world.embedded.client(
            "sqs",
            ACCOUNT,
            region,
            aws_access_key_id=taken["AccessKeyId"],
            aws_secret_access_key=taken["SecretAccessKey"],
            aws_session_token=taken["SessionToken"],
        )
        client.list_queues()
    finally:
        released(world, policy)


@refused(
    "A member account speaks for the organisation",
    wrong=ACCOUNT,
    right=MANAGEMENT,
    code="AccessDeniedException",
    says="You don't have permissions to access this resource",
    source=f"{API}/API_ListAccounts.html",
)
def member_speaks(world: World, account: str) -> None:
    world.client("organizations", account).list_accounts()


@refused(
    "A control policy is attached twice",
    wrong=True,
    right=False,
    code="DuplicatePolicyAttachmentException",
    says="already attached",
    source=f"{API}/API_AttachPolicy.html",
)
def attached_twice(world: World, twice: bool) -> None:
    policy = controlled(world, document({"Effect": "Deny", "Action": "rds:*", "Resource": "*"}))
    try:
        if twice:
            world.client("organizations", MANAGEMENT).attach_policy(PolicyId=policy, TargetId=ACCOUNT)
    finally:
        released(world, policy)


@refused(
    "A build in a network calls through an endpoint whose policy does not allow it",
    wrong="s3:GetObject",
    right="s3:*",
    code="FAILED",
    says=r"because no VPC endpoint policy allows the s3:PutObject action",
    source=ENDPOINTS,
)
def endpoint_policy(world: World, allowed: str) -> None:
    ec2 = world.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.3.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.3.0.0/24")["Subnet"]["SubnetId"]
    policy = document({**statement(allowed), "Principal": "*"})
    ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=f"com.amazonaws.{REGION}.s3", PolicyDocument=policy)
    try:
        _build(world, {"vpcId": vpc, "subnets": [subnet], "securityGroupIds": ["sg-0123456789abcdef0"]})
    finally:
        for endpoint in ec2.describe_vpc_endpoints()["VpcEndpoints"]:
            if endpoint["VpcId"] == vpc:
                ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint["VpcEndpointId"]])
        ec2.delete_subnet(SubnetId=subnet)
        ec2.delete_vpc(VpcId=vpc)


def _build(world: World, network: Any) -> None:
    """A build that keeps a file in a bucket. Raises ClientError with the message of the phase that failed."""
    codebuild, name = world.client("codebuild"), world.name("project")
    codebuild.create_project(
        name=name,
        source={
            "type": "NO_SOURCE",
            "buildspec": "version: 0.2\nphases: {build: {commands: ['echo 1 > f']}}\nartifacts: {files: [f]}",
        },
        artifacts={"type": "S3", "location": world.bucket(), "name": "kept.zip", "packaging": "ZIP"},
        environment={
            "type": "LINUX_CONTAINER",
            "image": "aws/codebuild/standard:7.0",
            "computeType": "BUILD_GENERAL1_SMALL",
        },
        serviceRole=world.service_role("codebuild", statement("*")),
        vpcConfig=network,
    )
    wanted = codebuild.start_build(projectName=name)["build"]["id"]
    while not (build := codebuild.batch_get_builds(ids=[wanted])["builds"][0])["buildComplete"]:
        time.sleep(0.1)
    if build["buildStatus"] != "SUCCEEDED":
        failed = next(phase for phase in build["phases"] if phase.get("phaseStatus") == "FAILED")
        raise ClientError({"Error": {"Code": "FAILED", "Message": failed["contexts"][0]["message"]}}, "StartBuild")
