"""Functions, networks, jobs, endpoints."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

from botocore.exceptions import ClientError

from tests.local.conftest import REGION
from tests.refusals.table import refused
from tests.refusals.world import ACCOUNT, World, function_code, statement

LAMBDA = "https://docs.aws.amazon.com/lambda/latest/api"
LIMITS = "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"
EC2 = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html"
SAGEMAKER = "https://docs.aws.amazon.com/sagemaker/latest/APIReference"


def function(world: World, client: Any = None, **members: Any) -> str:
    """A function; its name."""
    name = members.pop("FunctionName", None) or world.name("function")
    given = {"Runtime": "python3.12", "Handler": "index.handler", "Code": {"ZipFile": function_code()}, **members}
    given.setdefault("Role", world.service_role("lambda"))
    (client or world.client("lambda")).create_function(FunctionName=name, **given)
    return str(name)


@refused(
    "A function gets a role that its maker may not pass",
    wrong="iam:GetRole",
    right="iam:PassRole",
    code="AccessDeniedException",
    says="is not authorized to perform: iam:PassRole on resource",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html",
)
def missing_pass_role(world: World, action: str) -> None:
    role = world.service_role("lambda")
    function(world, world.allowed("lambda", statement("lambda:*"), statement(action, role)), Role=role)


@refused(
    "A function's role does not trust Lambda",
    wrong="sagemaker",
    right="lambda",
    code="InvalidParameterValueException",
    says="The role defined for the function cannot be assumed by Lambda",
    source=f"{LAMBDA}/API_CreateFunction.html",
)
def role_of_another_service(world: World, service: str) -> None:
    function(world, Role=world.service_role(service))


@refused(
    "A function runs longer than fifteen minutes",
    wrong=901,
    right=900,
    code="ValidationException",
    says="at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 900",
    source=LIMITS,
)
def long_function(world: World, seconds: int) -> None:
    function(world, Timeout=seconds)


@refused(
    "A function wants more memory than there is",
    wrong=10241,
    right=10240,
    code="ValidationException",
    says="at 'memorySize' failed to satisfy constraint: Member must have value less than or equal to 10240",
    source=LIMITS,
)
def large_function(world: World, megabytes: int) -> None:
    function(world, MemorySize=megabytes)


@refused(
    "A function's environment is larger than 4 KB",
    wrong=4097,
    right=1000,
    code="InvalidParameterValueException",
    says="exceeded the 4KB limit",
    source=LIMITS,
)
def large_environment(world: World, length: int) -> None:
    function(world, Environment={"Variables": {"X": "x" * length}})


@refused(
    "A function's archive is larger than the request may be",
    wrong=51 * 1024 * 1024,
    right=1024,
    code="RequestEntityTooLargeException",
    says="Request must be smaller than",
    source=LIMITS,
)
def large_archive(world: World, size: int) -> None:
    function(world, Code={"ZipFile": function_code(size)})


@refused(
    "A function's name is taken",
    wrong=True,
    right=False,
    code="ResourceConflictException",
    says="Function already exist",
    source=f"{LAMBDA}/API_CreateFunction.html",
)
def taken_function(world: World, taken: bool) -> None:
    name = function(world)
    function(world, FunctionName=name if taken else None)


@contextmanager
def network(world: World, region: str = REGION) -> Iterator[tuple[Any, str]]:
    """EC2's client and a network of 10.1.0.0/16, which is gone afterwards: their number has a quota."""
    ec2 = world.client("ec2", region=region)
    vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    try:
        yield ec2, vpc
    finally:
        for subnet in ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]:
            ec2.delete_subnet(SubnetId=subnet["SubnetId"])
        with suppress(ClientError):
            ec2.delete_vpc(VpcId=vpc)


@refused(
    "A subnet lies outside its network",
    wrong="10.99.0.0/24",
    right="10.1.0.0/24",
    code="InvalidSubnet.Range",
    says="The CIDR '10.99.0.0/24' is invalid",
    source=EC2,
)
def subnet_outside(world: World, block: str) -> None:
    with network(world) as (ec2, vpc):
        ec2.create_subnet(VpcId=vpc, CidrBlock=block)


@refused(
    "A subnet overlaps another",
    wrong="10.1.0.128/25",
    right="10.1.1.0/24",
    code="InvalidSubnet.Conflict",
    says="conflicts with another subnet",
    source=EC2,
)
def subnet_overlaps(world: World, block: str) -> None:
    with network(world) as (ec2, vpc):
        for wanted in ("10.1.0.0/24", block):
            ec2.create_subnet(VpcId=vpc, CidrBlock=wanted)


@refused(
    "A network is deleted that has a subnet",
    wrong=False,
    right=True,
    code="DependencyViolation",
    says="has dependencies and cannot be deleted",
    source=EC2,
)
def network_in_use(world: World, emptied: bool) -> None:
    with network(world) as (ec2, vpc):
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.1.0.0/24")["Subnet"]["SubnetId"]
        if emptied:
            ec2.delete_subnet(SubnetId=subnet)
        ec2.delete_vpc(VpcId=vpc)


@refused(
    "An account and region gets more networks than its quota",
    wrong=6,
    right=2,
    code="VpcLimitExceeded",
    says="The maximum number of VPCs has been reached",
    source=EC2,
)
def network_quota(world: World, count: int) -> None:
    with ExitStack() as opened:
        for _ in range(count):
            opened.enter_context(network(world, "eu-central-1"))


def model(world: World) -> str:
    """A model; its name."""
    name = world.name("model")
    container = {"Image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/x:1"}
    role = world.service_role("sagemaker", statement("*"))
    world.client("sagemaker").create_model(ModelName=name, PrimaryContainer=container, ExecutionRoleArn=role)
    return name


def variant(name: str, instance_type: str = "ml.m5.large") -> Any:
    """A variant of an endpoint's configuration."""
    return {"VariantName": "A", "ModelName": name, "InitialInstanceCount": 1, "InstanceType": instance_type}


@refused(
    "An endpoint's configuration names a model that does not exist",
    wrong="no-such-model",
    right=None,
    code="ValidationException",
    says="Could not find model",
    source=f"{SAGEMAKER}/API_CreateEndpointConfig.html",
)
def unknown_model(world: World, name: str | None) -> None:
    wanted = variant(name or model(world))
    world.client("sagemaker").create_endpoint_config(
        EndpointConfigName=world.name("config"), ProductionVariants=[wanted]
    )


@refused(
    "An endpoint runs on an instance type that SageMaker does not have",
    wrong="ml.m5.enormous",
    right="ml.m5.large",
    code="ValidationException",
    says="Member must satisfy enum value set",
    source=f"{SAGEMAKER}/API_ProductionVariant.html",
)
def unknown_instance_type(world: World, kind: str) -> None:
    wanted = variant(model(world), kind)
    world.client("sagemaker").create_endpoint_config(
        EndpointConfigName=world.name("config"), ProductionVariants=[wanted]
    )


@refused(
    "A model's name is taken",
    wrong=True,
    right=False,
    code="ValidationException",
    says="Cannot create already existing model",
    source=f"{SAGEMAKER}/API_CreateModel.html",
)
def taken_model(world: World, taken: bool) -> None:
    name = model(world) if taken else world.name("model")
    container = {"Image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/x:1"}
    role = world.service_role("sagemaker", statement("*"))
    world.client("sagemaker").create_model(ModelName=name, PrimaryContainer=container, ExecutionRoleArn=role)


@refused(
    "A job's role does not trust SageMaker",
    wrong="lambda",
    right="sagemaker",
    code="ValidationException",
    says="Could not assume role",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html",
)
def role_of_a_job(world: World, service: str) -> None:
    bucket = world.bucket()
    algorithm = {"TrainingImage": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/x:1", "TrainingInputMode": "File"}
    world.client("sagemaker").create_training_job(
        TrainingJobName=world.name("job"),
        AlgorithmSpecification={**algorithm, "ContainerEntrypoint": ["true"]},
        RoleArn=world.service_role(service, statement("*")),
        OutputDataConfig={"S3OutputPath": f"s3://{bucket}/out"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        StoppingCondition={"MaxRuntimeInSeconds": 60},
    )


@refused(
    "A group of model packages is deleted that has packages",
    wrong=True,
    right=False,
    code="ConflictException",
    says="model package",
    source=f"{SAGEMAKER}/API_DeleteModelPackageGroup.html",
)
def group_in_use(world: World, full: bool) -> None:
    sagemaker, name = world.client("sagemaker"), world.name("group")
    sagemaker.create_model_package_group(ModelPackageGroupName=name)
    if full:
        sagemaker.create_model_package(ModelPackageGroupName=name, ModelPackageDescription="one")
    sagemaker.delete_model_package_group(ModelPackageGroupName=name)
