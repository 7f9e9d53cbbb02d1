"""SageMaker projects from templates in S3: a stack in the caller's name, with the role that CloudFormation takes.

Source: "Create Custom Project Templates" in SageMaker's guide, and CreateProject in its API: the template is read at
its address, gets the project's name and id where it asks for them, and the stack's end is the project's. What the guide
doesn't say, the stack's name, is ours. Projects of Service Catalog's kind are Service Catalog's (`servicecatalog`).
"""

import time
from collections.abc import Callable

from botocore.exceptions import ClientError

from fmops.local import context, identity, persistence
from fmops.local.registry import RESTORED, TABLES, AwsError, operation, table
from fmops.local.services.sagemaker.common import Json, arn, check_name, invalid, listing, token, user_context

PROJECTS = "sagemaker.projects"
FILLED_IN = {"SageMakerProjectName": "ProjectName", "SageMakerProjectId": "ProjectId"}
"""Parameters that SageMaker gives a template which has them, and the project's member that is their value."""
UNDER_WAY = ("CreateInProgress", "DeleteInProgress")


def _row(name: str) -> Json:
    row = table(PROJECTS).get(name)
    if row is None:
        raise invalid(f"Project {name} does not exist.")
    found: Json = row
    return found


def _stack(row: Json) -> Json:
    detail: Json = row["TemplateProviderDetails"][0]["CfnTemplateProviderDetail"]
    return detail


@operation("sagemaker", "CreateProject")
def create(parameters: Json) -> Json:
    """Starts the project's stack."""
    name, providers = parameters["ProjectName"], parameters.get("TemplateProviders") or []
    check_name("ProjectName", name, 32)
    if len(providers) != 1 or "ServiceCatalogProvisioningDetails" in parameters:
        raise invalid("The embedded AWS starts projects from one template in S3; see Service Catalog for its products.")
    known = table(PROJECTS).get(name)
    if known is not None and known["ProjectStatus"] != "DeleteCompleted":
        raise invalid(f"Project {name} already exists.")
    provider: Json = providers[0]["CfnTemplateProvider"]
    moment, row = context.now(), {"ProjectName": name, "ProjectId": f"p-{token(12)}"}
    client = identity.caller_session().client("cloudformation")
    stack = f"SageMaker-{name}-{row['ProjectId']}"
    try:
        started = client.create_stack(**_arguments(stack, provider, row), Tags=parameters.get("Tags", []))
    except ClientError as error:
        raise AwsError("ValidationException", f"The project's stack was not started: {error}") from error
    detail = {"Name": stack, "Id": started["StackId"], "StatusMessage": "CREATE_IN_PROGRESS"}
    row |= {
        "ProjectArn": arn("project", name),
        "ProjectDescription": parameters.get("ProjectDescription", ""),
        "ProjectStatus": "CreateInProgress",
        "TemplateProviderDetails": [{"CfnTemplateProviderDetail": {**provider, "StackDetail": detail}}],
        "Tags": parameters.get("Tags", []),
        "CreatedBy": user_context(),
        "CreationTime": moment,
        "LastModifiedTime": moment,
    }
    table(PROJECTS)[name] = row
    context.spawn(f"sagemaker-project-{name}", _follow, row, _until_made)
    return {"ProjectArn": row["ProjectArn"], "ProjectId": row["ProjectId"]}


def _arguments(stack: str, provider: Json, row: Json) -> Json:
    asked = identity.client("cloudformation").get_template_summary(TemplateURL=provider["TemplateURL"])["Parameters"]
    given = {entry["Key"]: entry["Value"] for entry in provider.get("Parameters", ())}
    filled = {parameter["ParameterKey"] for parameter in asked} & {*FILLED_IN}
    values = {**given, **{parameter: row[FILLED_IN[parameter]] for parameter in filled}}
    return {
        "StackName": stack,
        "TemplateURL": provider["TemplateURL"],
        "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in sorted(values.items())],
        **({"RoleARN": provider["RoleARN"]} if "RoleARN" in provider else {}),
    }


def _until_made(status: str) -> str:
    return {"CREATE_COMPLETE": "CreateCompleted"}.get(status, "CreateFailed")


def _until_gone(status: str) -> str:
    return {"DELETE_COMPLETE": "DeleteCompleted"}.get(status, "DeleteFailed")


def _follow(row: Json, end: Callable[[str], str]) -> None:
    """Waits for the stack, and says on the project how it ended."""
    client, detail = identity.client("cloudformation"), _stack(row)["StackDetail"]
    while True:
        stack = client.describe_stacks(StackName=detail["Id"])["Stacks"][0]
        if not stack["StackStatus"].endswith("IN_PROGRESS"):
            break
        time.sleep(0.2)
    failed = [
        f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}"
        for event in client.describe_stack_events(StackName=detail["Id"])["StackEvents"]
        if event["ResourceStatus"].endswith("_FAILED")
    ]
    detail["StatusMessage"] = "; ".join([stack["StackStatus"], *reversed(failed)])
    row |= {"ProjectStatus": end(stack["StackStatus"]), "LastModifiedTime": context.now()}
    persistence.request_save()


@operation("sagemaker", "DescribeProject")
def describe(parameters: Json) -> Json:
    """A project with its stack."""
    return _row(parameters["ProjectName"])


@operation("sagemaker", "ListProjects")
def list_(parameters: Json) -> Json:
    """The projects of the account."""
    return listing(table(PROJECTS).values(), parameters, "ProjectSummaryList", name="ProjectName")


@operation("sagemaker", "DeleteProject")
def delete(parameters: Json) -> None:
    """Deletes the stack; the project stays listed, as deleted."""
    row = _row(parameters["ProjectName"])
    if row["ProjectStatus"] in UNDER_WAY:
        raise AwsError("ConflictException", f"Project {row['ProjectName']} is {row['ProjectStatus']}.")
    detail = _stack(row)
    role = {"RoleARN": detail["RoleARN"]} if "RoleARN" in detail else {}
    identity.caller_session().client("cloudformation").delete_stack(StackName=detail["StackDetail"]["Id"], **role)
    row |= {"ProjectStatus": "DeleteInProgress", "LastModifiedTime": context.now()}
    context.spawn(f"sagemaker-project-{row['ProjectName']}", _follow, row, _until_gone)


def settle_interrupted() -> None:
    """Fails what was under way when the server ended."""
    for _, row in list(TABLES.get(PROJECTS, table(PROJECTS))._data.items()):
        if row["ProjectStatus"] in UNDER_WAY:
            row["ProjectStatus"] = row["ProjectStatus"].replace("InProgress", "Failed")


RESTORED.append(settle_interrupted)
