"""The table of `test_types`: how each resource type is made, changed, replaced, and read back through its API."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Model = dict[str, Any]
Clients = Callable[[str], Any]

ACCOUNT, REGION = "000000000012", "eu-west-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/types"
IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/x:1"


def ref(name: str) -> Model:
    """A reference to another resource of the stack."""
    return {"Ref": name}


def att(name: str, attribute: str) -> Model:
    """An attribute of another resource of the stack."""
    return {"Fn::GetAtt": [name, attribute]}


def policy(action: str, principal: Any = None, **members: Any) -> Model:
    """A policy document that allows an action."""
    statement = {
        "Effect": "Allow",
        "Action": action,
        "Resource": "*",
        **({"Principal": principal} if principal else {}),
    }
    return {"Version": "2012-10-17", "Statement": [{**statement, **members}]}


def trust(service: str) -> Model:
    """A role's trust policy."""
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": f"{service}.amazonaws.com"}}
    return {"Version": "2012-10-17", "Statement": [statement]}


@dataclass(frozen=True)
class Row:
    """One resource type.

    `read` answers, for a physical id, the properties as the service tells them (by their CloudFormation names); each
    must equal what was asked. None or an error means that the resource does not exist.
    """

    type: str
    made: Model
    read: Callable[[Clients, str], Model | None]
    changed: Model = field(default_factory=dict)
    replaced: Model = field(default_factory=dict)
    beside: dict[str, Model] = field(default_factory=dict)
    variant: str = ""

    def __str__(self) -> str:
        return f"{self.type}{self.variant and '-'}{self.variant}"


def pick(found: Model, *names: str) -> Model:
    """Members that have a property's name."""
    return {name: found[name] for name in names if name in found}


def _only(rows: list[Any]) -> Any:
    return rows[0] if rows else None


def described(service: str, operation: str, member: str, *names: str, **by: str) -> Callable[[Clients, str], Model]:
    """Reads by a Describe operation; `{}` in a parameter is the physical id's last part."""

    def read(clients: Clients, physical_id: str) -> Model:
        given = {key: value.replace("{}", physical_id.rsplit("/", 1)[-1]) for key, value in by.items()}
        found = getattr(clients(service), operation)(**given)
        return pick(found[member] if member else found, *names)

    return read


def listed(service: str, operation: str, member: str, *names: str, **by: Any) -> Callable[[Clients, str], Model | None]:
    """Reads the first row of a list, its first letters in upper case; parameters whose value is `{}` are the id."""

    def read(clients: Clients, physical_id: str) -> Model | None:
        given = {k: [physical_id] if v == ["{}"] else physical_id if v == "{}" else v for k, v in by.items()}
        found = _only(getattr(clients(service), operation)(**given)[member])
        return pick({key[0].upper() + key[1:]: value for key, value in found.items()}, *names) if found else None

    return read


def _type(kind: str, properties: Model) -> Model:
    return {"Type": f"AWS::{kind}", "Properties": properties}


VPC = {"Vpc": _type("EC2::VPC", {"CidrBlock": "10.9.0.0/16"})}
FIREWALL_LIST = {"List": _type("Route53Resolver::FirewallDomainList", {"Name": "beside", "Domains": ["*"]})}
FIREWALL_RULE: Model = {"FirewallDomainListId": att("List", "Id"), "Priority": 1}
SUBNET = _type("EC2::Subnet", {"VpcId": ref("Vpc"), "CidrBlock": "10.9.1.0/24", "AvailabilityZone": "eu-west-1a"})
GROUP = _type("EC2::SecurityGroup", {"GroupDescription": "x", "VpcId": ref("Vpc")})
TABLE = _type("EC2::RouteTable", {"VpcId": ref("Vpc")})
NETWORK = {**VPC, "Subnet": SUBNET, "Sg": GROUP}
KEY = {"Key": _type("KMS::Key", {"KeyPolicy": policy("kms:*", {"AWS": f"arn:aws:iam::{ACCOUNT}:root"})})}
BUCKET = {"Bucket": _type("S3::Bucket", {"BucketName": "types-beside"})}
PORTFOLIO = {"Portfolio": _type("ServiceCatalog::Portfolio", {"DisplayName": "beside", "ProviderName": "us"})}
MODEL = _type("SageMaker::Model", {"ExecutionRoleArn": ROLE, "PrimaryContainer": {"Image": IMAGE}})
DOMAIN = {
    "DomainName": "types",
    "AuthMode": "IAM",
    "AppNetworkAccessType": "VpcOnly",
    "VpcId": ref("Vpc"),
    "SubnetIds": [ref("Subnet")],
    "DefaultUserSettings": {"ExecutionRole": ROLE},
}
FUNCTION = {
    "FunctionName": "types",
    "Runtime": "python3.12",
    "Handler": "index.handler",
    "Role": ROLE,
    "Code": {"ZipFile": "def handler(event, context): return event"},
}
OPEN, CLOSED = policy("s3:*", "*"), policy("s3:GetObject", "*")

GUARDRAIL = {
    "BlockedInputMessaging": "Not this.",
    "BlockedOutputsMessaging": "Not that.",
    "WordPolicyConfig": {"WordsConfig": [{"Text": "alpha"}]},
}
_NOVA = f"arn:aws:bedrock:{REGION}::foundation-model/amazon.nova-micro-v1:0"


def _guardrail(clients: Clients, arn: str) -> Model:
    found = clients("bedrock").get_guardrail(guardrailIdentifier=arn)
    words = [{"Text": row["text"]} for row in found["wordPolicy"]["words"]]
    shown = {name: found[name[0].lower() + name[1:]] for name in ("Name", "BlockedInputMessaging")}
    return {**shown, "WordPolicyConfig": {"WordsConfig": words}}


def _guardrail_version(clients: Clients, physical_id: str) -> Model:
    name, version = physical_id.split("|")
    found = clients("bedrock").get_guardrail(guardrailIdentifier=name, guardrailVersion=version)
    return {"Description": found["description"]}


def _inference_profile(clients: Clients, arn: str) -> Model:
    found = clients("bedrock").get_inference_profile(inferenceProfileIdentifier=arn)
    source = {"CopyFrom": found["models"][0]["modelArn"]}
    return {"InferenceProfileName": found["inferenceProfileName"], "ModelSource": source}


def _product(name: str) -> Model:
    """A product of Service Catalog, with one version."""
    version = {"Name": "v1", "Info": {"LoadTemplateFromURL": _URL}}
    return _type(
        "ServiceCatalog::CloudFormationProduct",
        {"Name": name, "Owner": "me", "ProvisioningArtifactParameters": [version]},
    )


def variant(name: str) -> Model:
    """A production variant."""
    variant = {
        "VariantName": name,
        "InitialInstanceCount": 1,
        "InstanceType": "ml.m5.large",
        "InitialVariantWeight": 1.0,
    }
    return {"ModelName": att("Model", "ModelName"), **variant}


def build(name: str, image: str = "aws/codebuild/standard:7.0") -> Model:
    """A CodeBuild project."""
    environment = {"ComputeType": "BUILD_GENERAL1_SMALL", "Image": image, "Type": "LINUX_CONTAINER"}
    source = {"Type": "NO_SOURCE", "BuildSpec": "version: 0.2"}
    return {
        "Name": name,
        "ServiceRole": ROLE,
        "Source": source,
        "Artifacts": {"Type": "NO_ARTIFACTS"},
        "Environment": environment,
    }


def pipeline(name: str, project: str = "x") -> Model:
    """A CodePipeline pipeline."""
    kinds = [("Source", "CodeCommit", {"RepositoryName": "r", "BranchName": "main"}), ("Build", "CodeBuild", {})]
    stages = [
        {
            "Name": category,
            "Actions": [
                {
                    "Name": category,
                    "ActionTypeId": {"Category": category, "Owner": "AWS", "Provider": provider, "Version": "1"},
                    "Configuration": configuration or {"ProjectName": project},
                    **({"OutputArtifacts": [{"Name": "o"}]} if configuration else {"InputArtifacts": [{"Name": "o"}]}),
                }
            ],
        }
        for category, provider, configuration in kinds
    ]
    return {
        "Name": name,
        "PipelineType": "V2",
        "RoleArn": ROLE,
        "ArtifactStore": {"Type": "S3", "Location": "types"},
        "Stages": stages,
    }


def controlled(resource_type: str, *names: str) -> Callable[[Clients, str], Model]:
    """Reads by Cloud Control, where the service's own API is not there."""

    def read(clients: Clients, physical_id: str) -> Model:
        found = clients("cloudcontrol").get_resource(TypeName=resource_type, Identifier=physical_id)
        return pick(json.loads(found["ResourceDescription"]["Properties"]), *names)

    return read


def _endpoint_read(clients: Clients, physical_id: str) -> Model | None:
    found = _only(clients("ec2").describe_vpc_endpoints(VpcEndpointIds=[physical_id])["VpcEndpoints"])
    if found is None:
        return None
    return {
        **pick(found, "ServiceName", "PrivateDnsEnabled", "VpcEndpointType"),
        "PolicyDocument": json.loads(found["PolicyDocument"]),
    }


def _rules(egress: bool) -> Callable[[Clients, str], Model | None]:
    def read(clients: Clients, _physical_id: str) -> Model | None:
        rules = clients("ec2").describe_security_group_rules()["SecurityGroupRules"]
        found = _only(
            [rule for rule in rules if rule["IsEgress"] == egress and rule.get("CidrIpv4", "").startswith("10.9")]
        )
        return {**pick(found, "FromPort", "ToPort"), "CidrIp": found["CidrIpv4"]} if found else None

    return read


def _association(clients: Clients, physical_id: str) -> Model | None:
    tables = clients("ec2").describe_route_tables()["RouteTables"]
    links = [link for table in tables for link in table["Associations"]]
    return _only([{} for link in links if link["RouteTableAssociationId"] == physical_id])


def _bucket(clients: Clients, name: str) -> Model:
    s3 = clients("s3")
    versioning = s3.get_bucket_versioning(Bucket=name)
    blocked = s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
    return {
        "BucketName": name,
        "VersioningConfiguration": pick(versioning, "Status"),
        "PublicAccessBlockConfiguration": blocked,
    }


def _managed_policy(clients: Clients, arn: str) -> Model:
    client = clients("iam")
    found = client.get_policy(PolicyArn=arn)["Policy"]
    version = client.get_policy_version(PolicyArn=arn, VersionId=found["DefaultVersionId"])["PolicyVersion"]
    return {"PolicyDocument": version["Document"], "ManagedPolicyName": found["PolicyName"]}


def _role(clients: Clients, name: str) -> Model:
    found = clients("iam").get_role(RoleName=name)["Role"]
    return pick(found, "RoleName", "Path", "Description", "AssumeRolePolicyDocument")


def _key(clients: Clients, wanted: str) -> Model | None:
    client = clients("kms")
    found = client.describe_key(KeyId=wanted)["KeyMetadata"]
    if found["KeyState"] == "PendingDeletion":
        return None
    rotated = client.get_key_rotation_status(KeyId=wanted)["KeyRotationEnabled"]
    return {
        "Description": found["Description"],
        "EnableKeyRotation": rotated,
        "KeyPolicy": json.loads(client.get_key_policy(KeyId=wanted, PolicyName="default")["Policy"]),
    }


def _alias(clients: Clients, name: str) -> Model | None:
    found = _only([a for a in clients("kms").list_aliases()["Aliases"] if a["AliasName"] == name])
    return pick(found, "AliasName") if found else None


def _rule(clients: Clients, name: str) -> Model:
    return pick(clients("events").describe_rule(Name=name.split("|")[-1]), "Name", "ScheduleExpression", "State")


def _permission(clients: Clients, _physical_id: str) -> Model:
    statement = json.loads(clients("lambda").get_policy(FunctionName="types")["Policy"])["Statement"][0]
    return {"Action": statement["Action"], "Principal": statement["Principal"]["Service"]}


def _artifact(clients: Clients, physical_id: str) -> Model:
    found = clients("servicecatalog").describe_product_as_admin(Id=physical_id)
    return pick(found["ProductViewDetail"]["ProductViewSummary"], "Name", "Owner")


def _budget(clients: Clients, _physical_id: str) -> Model:
    found = clients("budgets").describe_budget(AccountId=ACCOUNT, BudgetName="types")["Budget"]
    limit = {"Amount": float(found["BudgetLimit"]["Amount"]), "Unit": found["BudgetLimit"]["Unit"]}
    return {"Budget": {**pick(found, "BudgetName", "BudgetType", "TimeUnit"), "BudgetLimit": limit}}


def _repository(clients: Clients, _physical_id: str) -> Model | None:
    client = clients("codecommit")
    name = _only(
        [r["repositoryName"] for r in client.list_repositories()["repositories"] if "types" in r["repositoryName"]]
    )
    if name is None:
        return None
    found = client.get_repository(repositoryName=name)["repositoryMetadata"]
    return {"RepositoryName": found["repositoryName"], "RepositoryDescription": found.get("repositoryDescription")}


def _artifact_repository(clients: Clients, physical_id: str) -> Model:
    domain, name = physical_id.split("/")[-2:]
    found = clients("codeartifact").describe_repository(domain=domain, repository=name)["repository"]
    return {"RepositoryName": found["name"], "Description": found.get("description")}


def _pipeline(clients: Clients, name: str) -> Model:
    found = clients("codepipeline").get_pipeline(name=name)["pipeline"]
    project = found["stages"][1]["actions"][0]["configuration"]["ProjectName"]
    return {"Name": found["name"], "PipelineType": found["pipelineType"], "Stages": pipeline(name, project)["Stages"]}


def _project(clients: Clients, name: str) -> Model | None:
    found = _only(clients("codebuild").batch_get_projects(names=[name])["projects"])
    if found is None:
        return None
    environment = {key[0].upper() + key[1:]: value for key, value in found["environment"].items()}
    return {
        "Name": found["name"],
        "ServiceRole": found["serviceRole"],
        "Environment": pick(environment, "ComputeType", "Image", "Type"),
    }


def _queue_policy(clients: Clients, _physical_id: str) -> Model | None:
    client = clients("sqs")
    url = client.get_queue_url(QueueName="types-beside")["QueueUrl"]
    found = client.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"]).get("Attributes", {})
    return {"PolicyDocument": json.loads(found["Policy"])} if found.get("Policy") else None


def _queue(clients: Clients, url: str) -> Model:
    found = clients("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return {"QueueName": url.rsplit("/", 1)[1], "VisibilityTimeout": int(found["VisibilityTimeout"])}


def _oidc(clients: Clients, arn: str) -> Model:
    found = clients("iam").get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    return {"Url": f"https://{found['Url'].removeprefix('https://')}", "ClientIdList": found["ClientIDList"]}


def _shares(clients: Clients, _physical_id: str) -> Model | None:
    client = clients("servicecatalog")
    for portfolio in client.list_portfolios()["PortfolioDetails"]:
        if portfolio["DisplayName"] == "beside":
            return _only(
                [{"AccountId": a} for a in client.list_portfolio_access(PortfolioId=portfolio["Id"])["AccountIds"]]
            )
    return None


def _public(clients: Clients, _physical_id: str) -> Model | None:
    found = clients("cloudcontrol").list_resources(TypeName="AWS::EC2::VPCBlockPublicAccessOptions")
    row = _only(found["ResourceDescriptions"])
    return pick(json.loads(row["Properties"]), "InternetGatewayBlockMode") if row else None


def _assertion(unit: str) -> str:
    assertion = {"Assert": {"Fn::Equals": [{"Ref": "Unit"}, unit]}, "AssertDescription": "own unit only"}
    return json.dumps({"Own": {"Assertions": [assertion]}})


def _walk(name: str) -> str:
    """A state machine of one state."""
    return json.dumps({"StartAt": name, "States": {name: {"Type": "Succeed"}}})


def _topic_policy(clients: Clients, _: str) -> Model | None:
    topics = [t["TopicArn"] for t in clients("sns").list_topics()["Topics"] if t["TopicArn"].endswith(":types-beside")]
    if not topics:
        return None
    found = clients("sns").get_topic_attributes(TopicArn=topics[0])["Attributes"].get("Policy")
    return {"PolicyDocument": json.loads(found)} if found else None


def _blocked(kind: str) -> Model:
    return {**policy("sqs:SendMessage", {"Service": f"{kind}.amazonaws.com"})}


_URL = f"https://types-templates.s3.{REGION}.amazonaws.com/p.json"
_VPC_READ = listed("ec2", "describe_vpcs", "Vpcs", "CidrBlock", "InstanceTenancy", VpcIds=["{}"])

ROWS = (
    Row("AWS::CDK::Metadata", {"Analytics": "v2:deflate64:x"}, lambda clients, physical_id: {}),
    Row(
        "AWS::EC2::VPC",
        {"CidrBlock": "10.9.0.0/16", "EnableDnsHostnames": True},
        _VPC_READ,
        changed={"EnableDnsHostnames": False},
        replaced={"CidrBlock": "10.10.0.0/16"},
    ),
    Row(
        "AWS::EC2::Subnet",
        SUBNET["Properties"],
        listed("ec2", "describe_subnets", "Subnets", "CidrBlock", "MapPublicIpOnLaunch", SubnetIds=["{}"]),
        changed={"MapPublicIpOnLaunch": True},
        replaced={"CidrBlock": "10.9.2.0/24"},
        beside=VPC,
    ),
    Row(
        "AWS::EC2::RouteTable",
        {"VpcId": ref("Vpc")},
        listed("ec2", "describe_route_tables", "RouteTables", RouteTableIds=["{}"]),
        beside=VPC,
    ),
    Row(
        "AWS::EC2::SubnetRouteTableAssociation",
        {"SubnetId": ref("Subnet"), "RouteTableId": ref("Table")},
        _association,
        beside={**VPC, "Subnet": SUBNET, "Table": TABLE},
    ),
    Row(
        "AWS::EC2::SecurityGroup",
        {"GroupDescription": "first", "VpcId": ref("Vpc")},
        lambda clients, wanted: {
            "GroupDescription": clients("ec2").describe_security_groups(GroupIds=[wanted])["SecurityGroups"][0][
                "Description"
            ]
        },
        replaced={"GroupDescription": "second"},
        beside=VPC,
    ),
    Row(
        "AWS::EC2::SecurityGroupIngress",
        {"GroupId": att("Sg", "GroupId"), "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "10.9.0.0/16"},
        _rules(egress=False),
        replaced={"FromPort": 80, "ToPort": 80},
        beside={**VPC, "Sg": GROUP},
    ),
    Row(
        "AWS::EC2::SecurityGroupEgress",
        {"GroupId": att("Sg", "GroupId"), "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "10.9.0.0/16"},
        _rules(egress=True),
        replaced={"FromPort": 80, "ToPort": 80},
        beside={**VPC, "Sg": GROUP},
    ),
    Row(
        "AWS::EC2::VPCEndpoint",
        {
            "VpcId": ref("Vpc"),
            "ServiceName": f"com.amazonaws.{REGION}.sagemaker.api",
            "VpcEndpointType": "Interface",
            "SubnetIds": [ref("Subnet")],
            "SecurityGroupIds": [att("Sg", "GroupId")],
            "PrivateDnsEnabled": True,
            "PolicyDocument": OPEN,
        },
        _endpoint_read,
        changed={"PolicyDocument": CLOSED},
        replaced={"ServiceName": f"com.amazonaws.{REGION}.sagemaker.runtime"},
        beside=NETWORK,
        variant="interface",
    ),
    Row(
        "AWS::EC2::VPCEndpoint",
        {
            "VpcId": ref("Vpc"),
            "ServiceName": f"com.amazonaws.{REGION}.s3",
            "VpcEndpointType": "Gateway",
            "RouteTableIds": [ref("Table")],
            "PolicyDocument": OPEN,
        },
        _endpoint_read,
        changed={"PolicyDocument": CLOSED},
        beside={**VPC, "Table": TABLE},
        variant="gateway",
    ),
    Row(
        "AWS::EC2::FlowLog",
        {
            "ResourceId": ref("Vpc"),
            "ResourceType": "VPC",
            "TrafficType": "ALL",
            "LogGroupName": "types-flow",
            "DeliverLogsPermissionArn": ROLE,
        },
        listed("ec2", "describe_flow_logs", "FlowLogs", "TrafficType", "LogGroupName", FlowLogIds=["{}"]),
        replaced={"TrafficType": "REJECT"},
        beside=VPC,
    ),
    Row(
        "AWS::Route53Resolver::ResolverEndpoint",
        {
            "Direction": "INBOUND",
            "SecurityGroupIds": ["sg-00000001"],
            "IpAddresses": [{"SubnetId": "subnet-00000001"}, {"SubnetId": "subnet-00000002"}],
        },
        controlled("AWS::Route53Resolver::ResolverEndpoint", "Direction", "SecurityGroupIds"),
        replaced={"SecurityGroupIds": ["sg-00000002"]},
    ),
    Row(
        "AWS::Route53Resolver::FirewallDomainList",
        {"Name": "types", "Domains": ["*.s3.eu-west-1.amazonaws.com"]},
        controlled("AWS::Route53Resolver::FirewallDomainList", "Name", "Domains"),
        changed={"Domains": ["sts.eu-west-1.amazonaws.com"]},
        replaced={"Name": "types-2"},
    ),
    Row(
        "AWS::Route53Resolver::FirewallRuleGroup",
        {"Name": "types", "FirewallRules": [{**FIREWALL_RULE, "Action": "ALLOW"}]},
        controlled("AWS::Route53Resolver::FirewallRuleGroup", "Name"),
        changed={"FirewallRules": [{**FIREWALL_RULE, "Action": "BLOCK", "BlockResponse": "NXDOMAIN"}]},
        replaced={"Name": "types-2"},
        beside=FIREWALL_LIST,
    ),
    Row(
        "AWS::Route53Resolver::FirewallRuleGroupAssociation",
        {"FirewallRuleGroupId": att("Group", "Id"), "VpcId": ref("Vpc"), "Priority": 101},
        controlled("AWS::Route53Resolver::FirewallRuleGroupAssociation", "Priority"),
        changed={"Priority": 102},
        beside={**VPC, "Group": _type("Route53Resolver::FirewallRuleGroup", {"Name": "beside", "FirewallRules": []})},
    ),
    Row(
        "AWS::Route53Resolver::ResolverQueryLoggingConfig",
        {"Name": "types", "DestinationArn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/types:*"},
        controlled("AWS::Route53Resolver::ResolverQueryLoggingConfig", "Name", "DestinationArn"),
        replaced={"Name": "types-2"},
    ),
    Row(
        "AWS::Route53Resolver::ResolverQueryLoggingConfigAssociation",
        {"ResolverQueryLogConfigId": att("Config", "Id"), "ResourceId": ref("Vpc")},
        controlled("AWS::Route53Resolver::ResolverQueryLoggingConfigAssociation"),
        beside={**VPC, "Config": _type("Route53Resolver::ResolverQueryLoggingConfig", {"Name": "beside"})},
    ),
    Row(
        "AWS::EC2::VPCBlockPublicAccessOptions",
        {"InternetGatewayBlockMode": "block-bidirectional"},
        _public,
        changed={"InternetGatewayBlockMode": "block-ingress"},
    ),
    Row(
        "AWS::KMS::Key",
        {
            "Description": "first",
            "EnableKeyRotation": True,
            "KeyPolicy": policy("kms:*", {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}),
        },
        _key,
        changed={"Description": "second", "EnableKeyRotation": False},
    ),
    Row(
        "AWS::KMS::Alias",
        {"AliasName": "alias/types", "TargetKeyId": ref("Key")},
        _alias,
        replaced={"AliasName": "alias/types2"},
        beside=KEY,
    ),
    Row(
        "AWS::S3::Bucket",
        {
            "BucketName": "types-bucket",
            "VersioningConfiguration": {"Status": "Enabled"},
            "PublicAccessBlockConfiguration": dict.fromkeys(
                ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True
            ),
        },
        _bucket,
        changed={"VersioningConfiguration": {"Status": "Suspended"}},
        replaced={"BucketName": "types-bucket-2"},
    ),
    Row(
        "AWS::S3::BucketPolicy",
        {"Bucket": ref("Bucket"), "PolicyDocument": OPEN},
        lambda clients, _: {
            "PolicyDocument": json.loads(clients("s3").get_bucket_policy(Bucket="types-beside")["Policy"])
        },
        changed={"PolicyDocument": CLOSED},
        beside=BUCKET,
    ),
    Row(
        "AWS::IAM::Role",
        {"RoleName": "types-role", "Path": "/fmops/", "Description": "a", "AssumeRolePolicyDocument": trust("lambda")},
        _role,
        changed={"Description": "b", "AssumeRolePolicyDocument": trust("sagemaker")},
        replaced={"RoleName": "types-role-2"},
    ),
    Row(
        "AWS::IAM::ManagedPolicy",
        {"ManagedPolicyName": "types-policy", "PolicyDocument": policy("s3:GetObject")},
        _managed_policy,
        changed={"PolicyDocument": policy("s3:PutObject")},
        replaced={"ManagedPolicyName": "types-policy-2"},
    ),
    Row(
        "AWS::IAM::OIDCProvider",
        {"Url": "https://oidc.example.com", "ClientIdList": ["sts.amazonaws.com"], "ThumbprintList": ["a" * 40]},
        _oidc,
        changed={"ClientIdList": ["sts.amazonaws.com", "other"]},
        replaced={"Url": "https://other.example.com"},
    ),
    Row(
        "AWS::Logs::LogGroup",
        {"LogGroupName": "types-group", "RetentionInDays": 7},
        listed("logs", "describe_log_groups", "logGroups", "LogGroupName", "RetentionInDays", logGroupNamePrefix="{}"),
        changed={"RetentionInDays": 30},
        replaced={"LogGroupName": "types-group-2"},
    ),
    Row(
        "AWS::SSM::Parameter",
        {"Name": "/types/one", "Type": "String", "Value": "a"},
        lambda clients, name: pick(clients("ssm").get_parameter(Name=name)["Parameter"], "Name", "Type", "Value"),
        changed={"Value": "b"},
        replaced={"Name": "/types/two"},
    ),
    Row(
        "AWS::CodeCommit::Repository",
        {"RepositoryName": "types-repo", "RepositoryDescription": "a"},
        _repository,
        changed={"RepositoryDescription": "b"},
    ),
    Row(
        "AWS::CodeBuild::Project",
        build("types"),
        _project,
        changed={"Environment": build("types", "aws/codebuild/standard:6.0")["Environment"]},
        replaced={"Name": "types-2"},
    ),
    Row(
        "AWS::CodePipeline::Pipeline",
        pipeline("types"),
        _pipeline,
        changed={"Stages": pipeline("types", "y")["Stages"]},
        replaced={"Name": "types-2"},
    ),
    Row(
        "AWS::CodeArtifact::Domain",
        {"DomainName": "types"},
        lambda clients, arn: {
            "DomainName": clients("codeartifact").describe_domain(domain=arn.split("/")[-1])["domain"]["name"]
        },
        replaced={"DomainName": "types-2"},
    ),
    Row(
        "AWS::CodeArtifact::Repository",
        {"RepositoryName": "types", "DomainName": att("Domain", "Name"), "Description": "a"},
        _artifact_repository,
        changed={"Description": "b"},
        replaced={"RepositoryName": "types-2"},
        beside={"Domain": _type("CodeArtifact::Domain", {"DomainName": "types-beside"})},
    ),
    Row(
        "AWS::ECR::Repository",
        {"RepositoryName": "types", "ImageTagMutability": "IMMUTABLE"},
        lambda clients, name: {
            "RepositoryName": name,
            "ImageTagMutability": clients("ecr").describe_repositories(repositoryNames=[name])["repositories"][0][
                "imageTagMutability"
            ],
        },
        changed={"ImageTagMutability": "MUTABLE"},
        replaced={"RepositoryName": "types-2"},
    ),
    Row(
        "AWS::SageMaker::Domain",
        DOMAIN,
        described("sagemaker", "describe_domain", "", "DomainName", "AuthMode", "AppNetworkAccessType", DomainId="{}"),
        changed={"DefaultUserSettings": {"ExecutionRole": ROLE + "2"}},
        replaced={"DomainName": "types-2"},
        beside={**VPC, "Subnet": SUBNET},
    ),
    Row(
        "AWS::SageMaker::UserProfile",
        {"DomainId": ref("Domain"), "UserProfileName": "types", "UserSettings": {"ExecutionRole": ROLE}},
        lambda clients, wanted: pick(
            clients("sagemaker").describe_user_profile(
                DomainId=clients("sagemaker").list_domains()["Domains"][0]["DomainId"],
                UserProfileName=wanted.split("|")[0],
            ),
            "UserProfileName",
            "UserSettings",
        ),
        changed={"UserSettings": {"ExecutionRole": ROLE + "2"}},
        replaced={"UserProfileName": "types-2"},
        beside={**VPC, "Subnet": SUBNET, "Domain": _type("SageMaker::Domain", {**DOMAIN, "DomainName": "beside"})},
    ),
    Row(
        "AWS::SageMaker::MlflowApp",
        {"Name": "types", "ArtifactStoreUri": "s3://types/a", "RoleArn": ROLE},
        lambda clients, arn: pick(
            clients("sagemaker").describe_mlflow_app(Arn=arn), "Name", "ArtifactStoreUri", "RoleArn"
        ),
        changed={"ArtifactStoreUri": "s3://types/b"},
    ),
    Row(
        "AWS::SageMaker::StudioLifecycleConfig",
        {
            "StudioLifecycleConfigName": "types",
            "StudioLifecycleConfigAppType": "JupyterLab",
            "StudioLifecycleConfigContent": "ZWNobw==",
        },
        described(
            "sagemaker",
            "describe_studio_lifecycle_config",
            "",
            "StudioLifecycleConfigName",
            "StudioLifecycleConfigAppType",
            "StudioLifecycleConfigContent",
            StudioLifecycleConfigName="{}",
        ),
        replaced={"StudioLifecycleConfigName": "types-2", "StudioLifecycleConfigContent": "ZXhpdA=="},
    ),
    Row(
        "AWS::EC2::PrefixList",
        {
            "PrefixListName": "types",
            "AddressFamily": "IPv4",
            "MaxEntries": 5,
            "Entries": [{"Cidr": "10.0.0.0/12", "Description": "a"}],
        },
        controlled("AWS::EC2::PrefixList", "PrefixListName", "AddressFamily", "MaxEntries", "Entries"),
        changed={"Entries": [{"Cidr": "10.16.0.0/12", "Description": "b"}]},
    ),
    Row(
        "AWS::RAM::ResourceShare",
        {"Name": "types", "AllowExternalPrincipals": False},
        controlled("AWS::RAM::ResourceShare", "Name", "AllowExternalPrincipals"),
        changed={"Name": "types-2"},
    ),
    Row(
        "AWS::SageMaker::ModelPackageGroup",
        {"ModelPackageGroupName": "types", "ModelPackageGroupDescription": "a"},
        described(
            "sagemaker",
            "describe_model_package_group",
            "",
            "ModelPackageGroupName",
            "ModelPackageGroupDescription",
            ModelPackageGroupName="{}",
        ),
        replaced={"ModelPackageGroupName": "types-2"},
    ),
    Row(
        "AWS::SageMaker::Model",
        {"ModelName": "types", **MODEL["Properties"]},
        described(
            "sagemaker", "describe_model", "", "ModelName", "ExecutionRoleArn", "PrimaryContainer", ModelName="{}"
        ),
        replaced={"ModelName": "types-2"},
    ),
    Row(
        "AWS::SageMaker::EndpointConfig",
        {"EndpointConfigName": "types", "ProductionVariants": [variant("v")]},
        described("sagemaker", "describe_endpoint_config", "", "EndpointConfigName", EndpointConfigName="{}"),
        replaced={"EndpointConfigName": "types-2"},
        beside={"Model": MODEL},
    ),
    Row(
        "AWS::SageMaker::Pipeline",
        {
            "PipelineName": "types",
            "RoleArn": ROLE,
            "PipelineDefinition": {"PipelineDefinitionBody": json.dumps({"Version": "2020-12-01", "Steps": []})},
        },
        described("sagemaker", "describe_pipeline", "", "PipelineName", "RoleArn", PipelineName="{}"),
        changed={"RoleArn": ROLE + "2"},
        replaced={"PipelineName": "types-2"},
    ),
    Row(
        "AWS::ServiceCatalog::Portfolio",
        {"DisplayName": "types", "ProviderName": "us"},
        described("servicecatalog", "describe_portfolio", "PortfolioDetail", "DisplayName", "ProviderName", Id="{}"),
        changed={"DisplayName": "types-2"},
    ),
    Row(
        "AWS::ServiceCatalog::CloudFormationProduct",
        {
            "Name": "types",
            "Owner": "me",
            "ProvisioningArtifactParameters": [{"Name": "v1", "Info": {"LoadTemplateFromURL": _URL}}],
        },
        _artifact,
        changed={"Name": "types-2"},
    ),
    Row(
        "AWS::ServiceCatalog::PortfolioShare",
        {"PortfolioId": ref("Portfolio"), "AccountId": "000000000010"},
        _shares,
        replaced={"AccountId": "000000000001"},
        beside=PORTFOLIO,
    ),
    Row(
        "AWS::ServiceCatalog::PortfolioPrincipalAssociation",
        {"PortfolioId": ref("Portfolio"), "PrincipalARN": ROLE, "PrincipalType": "IAM"},
        lambda clients, wanted: _only(
            clients("servicecatalog").list_principals_for_portfolio(PortfolioId=wanted.split("|")[0])["Principals"]
        ),
        replaced={"PrincipalARN": ROLE + "2"},
        beside=PORTFOLIO,
    ),
    Row(
        "AWS::ServiceCatalog::PortfolioProductAssociation",
        {"PortfolioId": ref("Portfolio"), "ProductId": ref("First")},
        controlled("AWS::ServiceCatalog::PortfolioProductAssociation"),
        replaced={"ProductId": ref("Second")},
        beside={**PORTFOLIO, "First": _product("first"), "Second": _product("second")},
    ),
    Row(
        "AWS::ServiceCatalog::LaunchRoleConstraint",
        {"PortfolioId": ref("Portfolio"), "ProductId": att("Offer", "ProductId"), "LocalRoleName": "types"},
        controlled("AWS::ServiceCatalog::LaunchRoleConstraint", "LocalRoleName", "Description"),
        changed={"Description": "for launches"},
        beside={
            **PORTFOLIO,
            "First": _product("first"),
            "Offer": _type(
                "ServiceCatalog::PortfolioProductAssociation",
                {"PortfolioId": ref("Portfolio"), "ProductId": ref("First")},
            ),
        },
    ),
    Row(
        "AWS::ServiceCatalog::LaunchTemplateConstraint",
        {"PortfolioId": ref("Portfolio"), "ProductId": att("Offer", "ProductId"), "Rules": _assertion("retail")},
        controlled("AWS::ServiceCatalog::LaunchTemplateConstraint", "Rules"),
        changed={"Rules": _assertion("lending")},
        beside={
            **PORTFOLIO,
            "First": _product("first"),
            "Offer": _type(
                "ServiceCatalog::PortfolioProductAssociation",
                {"PortfolioId": ref("Portfolio"), "ProductId": ref("First")},
            ),
        },
    ),
    Row(
        "AWS::ServiceCatalog::TagOption",
        {"Key": "team", "Value": "a", "Active": True},
        described("servicecatalog", "describe_tag_option", "TagOptionDetail", "Key", "Value", "Active", Id="{}"),
        changed={"Active": False},
        replaced={"Value": "b"},
    ),
    Row(
        "AWS::Events::Rule",
        {"Name": "types", "ScheduleExpression": "rate(1 day)", "State": "ENABLED"},
        _rule,
        changed={"State": "DISABLED"},
        replaced={"Name": "types-2"},
    ),
    Row(
        "AWS::Lambda::Function",
        FUNCTION,
        lambda clients, name: pick(
            clients("lambda").get_function_configuration(FunctionName=name), "FunctionName", "Handler", "Timeout"
        ),
        changed={"Handler": "index.other", "Timeout": 60},
        replaced={"FunctionName": "types-2"},
    ),
    Row(
        "AWS::Lambda::Permission",
        {"FunctionName": ref("F"), "Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com"},
        _permission,
        replaced={"Principal": "s3.amazonaws.com"},
        beside={"F": _type("Lambda::Function", FUNCTION)},
    ),
    Row(
        "AWS::Glue::Database",
        {"CatalogId": ACCOUNT, "DatabaseInput": {"Name": "types", "Description": "a"}},
        lambda clients, name: {
            "DatabaseInput": pick(clients("glue").get_database(Name=name)["Database"], "Name", "Description")
        },
        changed={"DatabaseInput": {"Name": "types", "Description": "b"}},
    ),
    Row(
        "AWS::Budgets::Budget",
        {
            "Budget": {
                "BudgetName": "types",
                "BudgetType": "COST",
                "TimeUnit": "MONTHLY",
                "BudgetLimit": {"Amount": 10.0, "Unit": "USD"},
            }
        },
        _budget,
        changed={
            "Budget": {
                "BudgetName": "types",
                "BudgetType": "COST",
                "TimeUnit": "MONTHLY",
                "BudgetLimit": {"Amount": 20.0, "Unit": "USD"},
            }
        },
    ),
    Row(
        "AWS::SNS::Topic",
        {"TopicName": "types", "DisplayName": "a"},
        lambda clients, arn: {
            "TopicName": arn.split(":")[-1],
            "DisplayName": clients("sns").get_topic_attributes(TopicArn=arn)["Attributes"]["DisplayName"],
        },
        changed={"DisplayName": "b"},
        replaced={"TopicName": "types-2"},
    ),
    Row(
        "AWS::SNS::TopicPolicy",
        {"Topics": [ref("Topic")], "PolicyDocument": policy("sns:Publish", {"AWS": f"arn:aws:iam::{ACCOUNT}:root"})},
        _topic_policy,
        changed={"PolicyDocument": policy("sns:Publish", {"AWS": "arn:aws:iam::000000000010:root"})},
        beside={"Topic": _type("SNS::Topic", {"TopicName": "types-beside"})},
    ),
    Row(
        "AWS::SNS::Subscription",
        {"TopicArn": ref("Topic"), "Protocol": "lambda", "Endpoint": att("F", "Arn")},
        lambda clients, arn: pick(
            clients("sns").get_subscription_attributes(SubscriptionArn=arn)["Attributes"], "Protocol", "TopicArn"
        ),
        beside={"Topic": _type("SNS::Topic", {"TopicName": "types-beside"}), "F": _type("Lambda::Function", FUNCTION)},
    ),
    Row(
        "AWS::StepFunctions::StateMachine",
        {"StateMachineName": "types", "RoleArn": ROLE, "DefinitionString": _walk("a")},
        lambda clients, arn: (
            {
                name[:1].upper() + name[1:]: value
                for name, value in clients("stepfunctions").describe_state_machine(stateMachineArn=arn).items()
                if name == "roleArn"
            }
            | {"DefinitionString": clients("stepfunctions").describe_state_machine(stateMachineArn=arn)["definition"]}
        ),
        changed={"DefinitionString": _walk("b")},
        replaced={"StateMachineName": "types-2"},
    ),
    Row(
        "AWS::SQS::Queue",
        {"QueueName": "types", "VisibilityTimeout": 10},
        _queue,
        changed={"VisibilityTimeout": 20},
        replaced={"QueueName": "types-2"},
    ),
    Row(
        "AWS::SQS::QueuePolicy",
        {"Queues": [ref("Queue")], "PolicyDocument": _blocked("events")},
        _queue_policy,
        changed={"PolicyDocument": _blocked("sns")},
        beside={"Queue": _type("SQS::Queue", {"QueueName": "types-beside"})},
    ),
    Row(
        "AWS::CloudWatch::Alarm",
        {
            "AlarmName": "types",
            "ComparisonOperator": "GreaterThanThreshold",
            "EvaluationPeriods": 1,
            "MetricName": "m",
            "Namespace": "n",
            "Period": 60,
            "Statistic": "Sum",
            "Threshold": 1.0,
        },
        listed(
            "cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName", "Threshold", "MetricName", AlarmNames=["{}"]
        ),
        changed={"Threshold": 2.0},
        replaced={"AlarmName": "types-2"},
    ),
    Row(
        "AWS::Bedrock::Guardrail",
        {**GUARDRAIL, "Name": "types"},
        _guardrail,
        changed={"BlockedInputMessaging": "Not this either."},
    ),
    Row(
        "AWS::Bedrock::GuardrailVersion",
        {"GuardrailIdentifier": att("Guardrail", "GuardrailId"), "Description": "a"},
        _guardrail_version,
        replaced={"Description": "b"},
        beside={"Guardrail": _type("Bedrock::Guardrail", {**GUARDRAIL, "Name": "types-beside"})},
    ),
    Row(
        "AWS::Bedrock::ApplicationInferenceProfile",
        {"InferenceProfileName": "types", "Description": "a", "ModelSource": {"CopyFrom": _NOVA}},
        _inference_profile,
        replaced={"InferenceProfileName": "types-2"},
    ),
)
