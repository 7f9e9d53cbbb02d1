"""Templates, stacks, and what CloudFormation does in somebody's name."""

import json
from typing import Any

from tests.refusals.table import refused
from tests.refusals.world import ACCOUNT, World, resource, statement

API = "https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference"
GUIDE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide"
REFERENCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference"
QUOTAS = f"{GUIDE}/cloudformation-limits.html"


def parameter(value: Any = "1", **more: Any) -> Any:
    """A parameter of Systems Manager: the smallest resource."""
    return resource("SSM::Parameter", {"Type": "String", "Value": value, **more})


@refused(
    "A reference to nothing",
    wrong="Nothing",
    right="AWS::Region",
    code="ValidationError",
    says=r"Template format error: Unresolved resource dependencies \[Nothing\] in the Resources block of the template",
    source=f"{REFERENCE}/intrinsic-function-reference-ref.html",
)
def unresolved_reference(world: World, to: str) -> None:
    world.deploy({"A": parameter({"Ref": to})})


@refused(
    "Resources that depend on each other in a circle",
    wrong="B",
    right="AWS::Region",
    code="ValidationError",
    says=r"Circular dependency between resources: \[.*A.*\]",
    source=f"{GUIDE}/troubleshooting.html",
)
def circular_dependency(world: World, to: str) -> None:
    world.deploy({"A": parameter({"Ref": to}), "B": parameter({"Ref": "A"})})


@refused(
    "A resource type that AWS does not have",
    wrong="AWS::SSM::Parametre",
    right="AWS::SSM::Parameter",
    code="ValidationError",
    says=r"Unrecognized resource types: \[AWS::SSM::Parametre\]",
    source=f"{API}/API_CreateStack.html",
)
def unknown_type(world: World, kind: str) -> None:
    world.deploy({"A": {**parameter(), "Type": kind}})


@refused(
    "An attribute that the resource does not have",
    wrong="Colour",
    right="Value",
    code="CREATE_FAILED",
    says="Requested attribute Colour does not exist in schema for AWS::SSM::Parameter",
    source=f"{REFERENCE}/intrinsic-function-reference-getatt.html",
)
def unknown_attribute(world: World, name: str) -> None:
    world.deploy({"A": parameter(), "B": parameter({"Fn::GetAtt": ["A", name]})})


@refused(
    "A parameter's value does not match its pattern",
    wrong="Big!",
    right="small",
    code="ValidationError",
    says="Parameter 'Size' must match pattern|Parameter Size failed to satisfy constraint",
    source=f"{GUIDE}/parameters-section-structure.html",
)
def parameter_pattern(world: World, value: str) -> None:
    declared = {"Size": {"Type": "String", "AllowedPattern": "[a-z]+"}}
    given = [{"ParameterKey": "Size", "ParameterValue": value}]
    world.deploy({"Parameters": declared, "Resources": {"A": parameter({"Ref": "Size"})}}, Parameters=given)


@refused(
    "A parameter's value is of another type",
    wrong="many",
    right="3",
    code="ValidationError",
    says="Parameter 'Count' .*[Nn]umber",
    source=f"{GUIDE}/parameters-section-structure.html",
)
def parameter_type(world: World, value: str) -> None:
    given = [{"ParameterKey": "Count", "ParameterValue": value}]
    template = {"Parameters": {"Count": {"Type": "Number"}}, "Resources": {"A": parameter({"Ref": "Count"})}}
    world.deploy(template, Parameters=given)


@refused(
    "A parameter without default gets no value",
    wrong=[],
    right=[{"ParameterKey": "Size", "ParameterValue": "small"}],
    code="ValidationError",
    says=r"Parameters: \[Size\] must have values",
    source=f"{GUIDE}/parameters-section-structure.html",
)
def parameter_missing(world: World, given: Any) -> None:
    template = {"Parameters": {"Size": {"Type": "String"}}, "Resources": {"A": parameter({"Ref": "Size"})}}
    world.deploy(template, Parameters=given)


@refused(
    "A parameter is given that the template does not declare",
    wrong=[{"ParameterKey": "Colour", "ParameterValue": "red"}],
    right=[],
    code="ValidationError",
    says=r"Parameters: \[Colour\] do not exist in the template",
    source=f"{API}/API_CreateStack.html",
)
def parameter_unknown(world: World, given: Any) -> None:
    world.deploy({"A": parameter()}, Parameters=given)


@refused(
    "A template in the request is longer than 51,200 bytes",
    wrong=52000,
    right=100,
    code="ValidationError",
    says="at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to 51200",
    source=QUOTAS,
)
def template_over_its_size(world: World, length: int) -> None:
    world.deploy({"Metadata": {"Padding": "x" * length}, "Resources": {"A": parameter()}})


@refused(
    "A template has more than 500 resources",
    wrong=501,
    right=2,
    code="ValidationError",
    says="Number of resources, 501, is greater than maximum allowed, 500",
    source=QUOTAS,
)
def too_many_resources(world: World, count: int) -> None:
    world.deploy({f"R{number}": resource("CloudFormation::WaitConditionHandle") for number in range(count)})


@refused(
    "A template makes named roles and nobody acknowledged it",
    wrong=[],
    right=["CAPABILITY_NAMED_IAM"],
    code="InsufficientCapabilitiesException",
    says=r"Requires capabilities : \[CAPABILITY_NAMED_IAM\]",
    source=f"{API}/API_CreateStack.html",
)
def missing_capability(world: World, capabilities: list[str]) -> None:
    policy = json.loads('{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole"}]}')
    policy["Statement"][0]["Principal"] = {"Service": "lambda.amazonaws.com"}
    role = resource("IAM::Role", {"RoleName": world.name("named"), "AssumeRolePolicyDocument": policy})
    world.deploy({"A": role}, Capabilities=capabilities)


@refused(
    "A property that the type does not have",
    wrong={"Colour": "red"},
    right={},
    code="CREATE_FAILED",
    says=r"extraneous key \[Colour\] is not permitted|Encountered unsupported property Colour",
    source=f"{GUIDE}/troubleshooting.html",
)
def unknown_property(world: World, more: Any) -> None:
    world.deploy({"A": resource("CodeCommit::Repository", {"RepositoryName": world.name("repository"), **more})})


@refused(
    "A property that the type must have is not there",
    wrong={},
    right={"Type": "String"},
    code="CREATE_FAILED",
    says=r"required key \[Type\] not found|Type.*(required|must be defined|missing)",
    source=f"{GUIDE}/troubleshooting.html",
)
def missing_property(world: World, more: Any) -> None:
    world.deploy({"A": resource("SSM::Parameter", {"Value": "1", **more})})


@refused(
    "A stack makes a resource under a name that is taken",
    wrong=True,
    right=False,
    code="CREATE_FAILED",
    says="already exists",
    source=f"{GUIDE}/troubleshooting.html",
)
def taken_name(world: World, taken: bool) -> None:
    name = world.name("/aws/taken")
    if taken:
        world.client("logs").create_log_group(logGroupName=name)
    world.deploy({"A": resource("Logs::LogGroup", {"LogGroupName": name})})


@refused(
    "A named resource is changed where only a new one could be made",
    wrong="other",
    right="same",
    code="UPDATE_FAILED",
    says="CloudFormation cannot update a stack when a custom-named resource requires replacing",
    source=f"{GUIDE}/troubleshooting.html",
)
def create_only_change(world: World, kind: str) -> None:
    def role(path: str, description: str) -> Any:
        allow = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        policy = {"Version": "2012-10-17", "Statement": [allow]}
        properties = {"RoleName": name, "Path": path, "Description": description, "AssumeRolePolicyDocument": policy}
        return {"A": resource("IAM::Role", properties)}

    name = world.name("custom")
    stack = world.deploy(role("/same/", "first"))
    world.deploy(role(f"/{kind}/", "second"), stack=stack)


@refused(
    "A stack is updated that was rolled back when it was made",
    wrong=True,
    right=False,
    code="ValidationError",
    says="is in ROLLBACK_COMPLETE state and can ?not be updated",
    source=f"{GUIDE}/troubleshooting.html",
)
def rolled_back_stack(world: World, rolled_back: bool) -> None:
    name, taken = world.name("stack"), world.name("/aws/group")
    world.client("logs").create_log_group(logGroupName=taken)
    first = resource("Logs::LogGroup", {"LogGroupName": taken if rolled_back else world.name("/aws/free")})
    client = world.client("cloudformation")
    client.create_stack(StackName=name, TemplateBody=json.dumps({"Resources": {"A": first}}))
    while client.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"].endswith("IN_PROGRESS"):
        pass
    world.deploy({"B": parameter()}, stack=name)


@refused(
    "A stack's name is taken",
    wrong=True,
    right=False,
    code="AlreadyExistsException",
    says=r"Stack \[.*\] already exists",
    source=f"{API}/API_CreateStack.html",
)
def taken_stack(world: World, taken: bool) -> None:
    name = world.deploy({"A": parameter()})
    if not taken:
        name = world.name("stack")
    world.deploy({"A": parameter()}, StackName=name)


@refused(
    "An update changes nothing",
    wrong="1",
    right="2",
    code="ValidationError",
    says="No updates are to be performed",
    source=f"{GUIDE}/troubleshooting.html",
)
def no_update(world: World, value: str) -> None:
    world.deploy({"A": parameter(value)}, stack=world.deploy({"A": parameter("1")}))


@refused(
    "A stack is deleted whose export another imports",
    wrong=True,
    right=False,
    code="ValidationError",
    says=r"Export .* is imported by stack",
    source=f"{GUIDE}/using-cfn-stack-exports.html",
)
def export_in_use(world: World, used: bool) -> None:
    export = world.name("export")
    outputs = {"O": {"Value": {"Ref": "A"}, "Export": {"Name": export}}}
    stack = world.deploy({"Resources": {"A": parameter()}, "Outputs": outputs})
    if used:
        world.deploy({"B": parameter({"Fn::ImportValue": export})})
    world.client("cloudformation").delete_stack(StackName=stack)
    world.settled_deletion(stack)


@refused(
    "An export's name is taken",
    wrong=True,
    right=False,
    code="CREATE_FAILED",
    says=r"Export with name .* is already exported by stack",
    source=f"{REFERENCE}/outputs-section-structure.html",
)
def taken_export(world: World, taken: bool) -> None:
    export = world.name("export")
    for name in (export, export if taken else world.name("export")):
        world.deploy({"Resources": {"A": parameter()}, "Outputs": {"O": {"Value": "1", "Export": {"Name": name}}}})


@refused(
    "An import of what nobody exports",
    wrong="nobody-exports-this",
    right="",
    code="CREATE_FAILED",
    says="Export 'nobody-exports-this' not found",
    source=f"{REFERENCE}/intrinsic-function-reference-importvalue.html",
)
def unknown_export(world: World, name: str) -> None:
    if not name:
        name = world.name("export")
        world.deploy({"Resources": {"A": parameter()}, "Outputs": {"O": {"Value": "1", "Export": {"Name": name}}}})
    world.deploy({"B": parameter({"Fn::ImportValue": name})})


@refused(
    "A protected stack is deleted",
    wrong=True,
    right=False,
    code="ValidationError",
    says=r"Stack \[.*\] cannot be deleted while TerminationProtection is enabled",
    source=f"{GUIDE}/using-cfn-protect-stacks.html",
)
def protected_stack(world: World, protected: bool) -> None:
    stack = world.deploy({"A": parameter()}, EnableTerminationProtection=protected)
    world.client("cloudformation").delete_stack(StackName=stack)


@refused(
    "The execution role does not trust CloudFormation",
    wrong="lambda",
    right="cloudformation",
    code="ValidationError",
    says="Role arn:aws:iam::.* is invalid or cannot be assumed",
    source=f"{GUIDE}/troubleshooting.html",
)
def untrusting_execution_role(world: World, service: str) -> None:
    world.deploy({"A": parameter()}, RoleARN=world.service_role(service, statement("*")))


@refused(
    "The execution role may not make what the template says",
    wrong="ssm:GetParameters",
    right="ssm:*",
    code="CREATE_FAILED",
    says="is not authorized to perform: ssm:PutParameter on resource",
    source=f"{GUIDE}/using-iam-servicerole.html",
)
def weak_execution_role(world: World, action: str) -> None:
    world.deploy({"A": parameter()}, RoleARN=world.service_role("cloudformation", statement(action)))


@refused(
    "The caller may not pass the execution role",
    wrong="iam:GetRole",
    right="iam:PassRole",
    code="AccessDenied",
    says="is not authorized to perform: iam:PassRole on resource",
    source=f"{GUIDE}/using-iam-servicerole.html",
)
def unpassable_execution_role(world: World, action: str) -> None:
    role = world.service_role("cloudformation", statement("*"))
    client = world.allowed("cloudformation", statement("cloudformation:*"), statement(action, role))
    world.deploy({"A": parameter()}, client=client, RoleARN=role)


@refused(
    "Without execution role, the caller may not make what the template says",
    wrong="ssm:GetParameters",
    right="ssm:*",
    code="CREATE_FAILED",
    says=rf"User: arn:aws:sts::{ACCOUNT}:assumed-role/.* is not authorized to perform: ssm:PutParameter on resource",
    source=f"{GUIDE}/control-access-with-iam.html",
)
def weak_caller(world: World, action: str) -> None:
    client = world.allowed("cloudformation", statement("cloudformation:*"), statement(action))
    world.deploy({"A": parameter()}, client=client)
