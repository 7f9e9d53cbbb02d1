"""Models and endpoint configurations, by the API or by a template."""

from botocore.exceptions import ClientError

from fmops.local import context, store
from fmops.local.registry import Model, lifecycle, operation
from fmops.local.services.sagemaker import containers, hosting, jobs
from fmops.local.services.sagemaker.common import Json, arn, check_name, invalid, name_of
from fmops.local.services.sagemaker.containers import ContainerError

MODEL, CONFIG, ENDPOINT = (f"AWS::SageMaker::{kind}" for kind in ("Model", "EndpointConfig", "Endpoint"))
_LABEL = {MODEL: "model", CONFIG: "endpoint configuration", ENDPOINT: "endpoint"}
_SLUG = {MODEL: "model", CONFIG: "endpoint-config", ENDPOINT: "endpoint"}


def find(resource_type: str, name: str) -> Model:
    found = store.get(resource_type, name)
    if found is None:
        raise invalid(f'Could not find {_LABEL[resource_type]} "{arn(_SLUG[resource_type], name_of(name))}".')
    return found


@lifecycle(MODEL)
def _model_changed(model: Model | None, previous: Model | None) -> None:
    """A new model's artifact must be there for its role, as AWS checks at once."""
    if model is None or previous is not None:
        return
    check_name("ModelName", model["ModelName"])
    if "ExecutionRoleArn" not in model:
        raise invalid("ExecutionRoleArn is required: the embedded AWS reads the model's artifact with it.")
    session = jobs.role_session(model["ExecutionRoleArn"])
    try:
        artifact = hosting.artifact_of(hosting.container_of(model))
        if artifact and artifact.endswith(".tar.gz"):
            bucket, key = containers.split(artifact)
            session.client("s3").head_object(Bucket=bucket, Key=key)
    except ContainerError as error:
        raise invalid(str(error)) from error
    except ClientError as error:
        raise invalid(
            f'Could not access model data at {artifact}. Please ensure that the role "{model["ExecutionRoleArn"]}" '
            'exists and that its trust relationship policy allows the action "sts:AssumeRole" for the service '
            'principal "sagemaker.amazonaws.com". Also ensure that the role has "s3:GetObject" permissions and that '
            f"the object is located in {context.region()}. ({error.response['Error']['Code']})"
        ) from error


@lifecycle(CONFIG)
def _config_changed(model: Model | None, previous: Model | None) -> None:
    if model is not None and previous is None:
        check_name("EndpointConfigName", model["EndpointConfigName"])
        for variant in model["ProductionVariants"]:
            find(MODEL, variant["ModelName"])


def _create(resource_type: str, parameters: Json) -> Json:
    kind = resource_type.split("::")[2]
    name = parameters[f"{kind}Name"]
    if store.get(resource_type, name) is not None:
        raise invalid(f'Cannot create already existing {_LABEL[resource_type]} "{arn(_SLUG[resource_type], name)}".')
    try:
        return {f"{kind}Arn": store.create(resource_type, parameters)[f"{kind}Arn"]}
    except ValueError as error:
        raise invalid(str(error)) from error


def _describe(resource_type: str, parameters: Json) -> Json:
    found = find(resource_type, parameters[f"{resource_type.split('::')[2]}Name"])
    return {**found, "CreationTime": store.times(resource_type, found)[0]}


def delete(resource_type: str, parameters: Json) -> Json:
    kind = resource_type.split("::")[2]
    store.delete(resource_type, find(resource_type, parameters[f"{kind}Name"])[f"{kind}Arn"])
    return {}


def _operations(resource_type: str) -> None:
    kind = resource_type.split("::")[2]
    operation("sagemaker", f"Create{kind}")(lambda given: _create(resource_type, given))
    operation("sagemaker", f"Describe{kind}")(lambda given: _describe(resource_type, given))
    operation("sagemaker", f"Delete{kind}")(lambda given: delete(resource_type, given))


for _type in (MODEL, CONFIG):
    _operations(_type)
