"""The control plane: models, profiles, the invocation log; and the three types by CloudFormation."""

import gzip
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from fmops_constructs.models import FAMILIES

from tests.local.bedrock.conftest import ACCOUNT, ANY, MODEL, Team, user
from tests.local.conftest import REGION, Embedded
from tests.local.workshop import until

pytestmark = pytest.mark.e2e

OTHER = "000000000010"
NOVA = "amazon.nova-micro-v1:0"


def test_the_catalogue(embedded: Embedded) -> None:
    bedrock = embedded.client("bedrock", ACCOUNT)
    rows = bedrock.list_foundation_models(byProvider="anthropic")["modelSummaries"]
    assert MODEL in {row["modelId"] for row in rows}
    assert {row["providerName"] for row in rows} == {"Anthropic"}
    details = bedrock.get_foundation_model(modelIdentifier=MODEL)["modelDetails"]
    assert details["inferenceTypesSupported"] == ["INFERENCE_PROFILE"]
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        bedrock.get_foundation_model(modelIdentifier="no.such-model")


def test_profiles_follow_the_region(embedded: Embedded) -> None:
    def names(region: str) -> set[str]:
        rows = embedded.client("bedrock", ACCOUNT, region).list_inference_profiles(typeEquals="SYSTEM_DEFINED")
        return {row["inferenceProfileId"].split(".")[0] for row in rows["inferenceProfileSummaries"]}

    assert names("eu-west-1") == {"eu", "global"}
    assert names("us-east-1") == {"us", "global"}


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_the_foundations_families_are_known_with_their_regions(embedded: Embedded, family: str) -> None:
    bedrock, model = embedded.client("bedrock", ACCOUNT), FAMILIES[family]
    found = bedrock.get_inference_profile(inferenceProfileIdentifier=f"eu.{model.id}")
    assert {row["modelArn"].split(":")[3] for row in found["models"]} == set(model.geographies["eu"])


def test_an_application_profile_is_its_accounts(embedded: Embedded, team: Team) -> None:
    bedrock = embedded.client("bedrock", ACCOUNT)
    found = bedrock.get_inference_profile(inferenceProfileIdentifier=team.profile)
    assert [row["modelArn"] for row in found["models"]] == team.models()
    assert found["type"] == "APPLICATION"
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        embedded.client("bedrock", OTHER).get_inference_profile(inferenceProfileIdentifier=team.profile)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        embedded.client("bedrock-runtime", OTHER).converse(modelId=team.profile, messages=user("Hi"))
    with pytest.raises(ClientError, match="ConflictException"):
        bedrock.create_inference_profile(inferenceProfileName="team", modelSource={"copyFrom": team.models()[0]})
    for source, words in ((f"{ANY}:inference-profile/no.such", "is invalid"), ("nothing", "ModelSource")):
        with pytest.raises(ClientError, match=rf"(?s)ValidationException.*{words}"):
            bedrock.create_inference_profile(inferenceProfileName="x", modelSource={"copyFrom": source})


def test_tags(embedded: Embedded) -> None:
    bedrock = embedded.client("bedrock", ACCOUNT)
    source, tags = f"{ANY}:inference-profile/eu.{MODEL}", [{"key": "cost-center", "value": "4711"}]
    arn = bedrock.create_inference_profile(inferenceProfileName="tagged", modelSource={"copyFrom": source}, tags=tags)[
        "inferenceProfileArn"
    ]
    assert bedrock.list_tags_for_resource(resourceARN=arn)["tags"] == tags
    bedrock.tag_resource(resourceARN=arn, tags=[{"key": "team", "value": "desk"}])
    bedrock.untag_resource(resourceARN=arn, tagKeys=["cost-center"])
    assert bedrock.list_tags_for_resource(resourceARN=arn)["tags"] == [{"key": "team", "value": "desk"}]
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        bedrock.list_tags_for_resource(resourceARN=arn[:-1])


STREAM = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/bedrock/invocations:log-stream:aws/bedrock/modelinvocations"


def logging_role(embedded: Embedded, name: str, *actions: str) -> str:
    """A role that Bedrock may take, with these actions on the stream that AWS's guide names."""
    iam = embedded.client("iam", ACCOUNT)
    trust = {"Effect": "Allow", "Principal": {"Service": "bedrock.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    if actions:
        may = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": STREAM}]}
        iam.put_role_policy(RoleName=name, PolicyName="may", PolicyDocument=json.dumps(may))
    return arn


def test_the_invocation_log(embedded: Embedded) -> None:
    bedrock, s3, logs = (embedded.client(name, ACCOUNT) for name in ("bedrock", "s3", "logs"))
    s3.create_bucket(Bucket="invocations", CreateBucketConfiguration={"LocationConstraint": REGION})
    logs.create_log_group(logGroupName="/bedrock/invocations")
    role = logging_role(embedded, "logs-invocations", "logs:CreateLogStream", "logs:PutLogEvents")
    where = {"logGroupName": "/bedrock/invocations", "roleArn": role}
    config = {"s3Config": {"bucketName": "invocations", "keyPrefix": "team"}, "cloudWatchConfig": where}
    bedrock.put_model_invocation_logging_configuration(loggingConfig=config)
    assert bedrock.get_model_invocation_logging_configuration()["loggingConfig"]["s3Config"] == config["s3Config"]
    runtime = embedded.client("bedrock-runtime", ACCOUNT)
    answer = runtime.converse(modelId=NOVA, messages=user("Say hi."), requestMetadata={"project": "desk"})

    def files() -> Any:
        found = s3.list_objects_v2(Bucket="invocations", Prefix=f"team/AWSLogs/{ACCOUNT}/BedrockModelInvocationLogs/")
        return found.get("Contents")

    key = until(files)[0]["Key"]
    entry = json.loads(gzip.decompress(s3.get_object(Bucket="invocations", Key=key)["Body"].read()))
    assert (entry["schemaType"], entry["operation"], entry["modelId"]) == ("ModelInvocationLog", "Converse", NOVA)
    assert entry["identity"]["arn"].endswith(":root")
    assert entry["input"]["inputBodyJson"]["messages"] == user("Say hi.")
    assert entry["output"]["outputTokenCount"] == answer["usage"]["outputTokens"]
    assert entry["requestMetadata"] == {"project": "desk"}
    events = until(lambda: logs.filter_log_events(logGroupName="/bedrock/invocations")["events"])
    assert json.loads(events[0]["message"])["requestId"] == entry["requestId"]
    bedrock.delete_model_invocation_logging_configuration()
    assert "loggingConfig" not in bedrock.get_model_invocation_logging_configuration()


@pytest.mark.parametrize("actions", [(), ("logs:PutLogEvents",), ("logs:CreateLogStream",)])
def test_a_role_that_may_not_write_leaves_no_log(embedded: Embedded, actions: tuple[str, ...]) -> None:
    bedrock, logs = embedded.client("bedrock", ACCOUNT), embedded.client("logs", ACCOUNT)
    group = f"/bedrock/unwritten-{len(actions)}-{''.join(actions)[5:8]}"
    logs.create_log_group(logGroupName=group)
    role = logging_role(embedded, group.rsplit("/", 1)[1], *actions)
    config = {"cloudWatchConfig": {"logGroupName": group, "roleArn": role}}
    bedrock.put_model_invocation_logging_configuration(loggingConfig=config)
    before = embedded.status()["denied"]
    embedded.client("bedrock-runtime", ACCOUNT).converse(modelId=NOVA, messages=user("Hi."))
    denied = until(lambda: [row for row in embedded.status()["denied"] if row not in before])
    bedrock.delete_model_invocation_logging_configuration()
    assert denied[-1]["action"].startswith("logs:")
    assert logs.filter_log_events(logGroupName=group)["events"] == []


def test_no_text_in_the_log_where_the_account_says_so(embedded: Embedded) -> None:
    bedrock, s3 = embedded.client("bedrock", ACCOUNT), embedded.client("s3", ACCOUNT)
    s3.create_bucket(Bucket="figures", CreateBucketConfiguration={"LocationConstraint": REGION})
    config = {"s3Config": {"bucketName": "figures"}, "textDataDeliveryEnabled": False}
    bedrock.put_model_invocation_logging_configuration(loggingConfig=config)
    embedded.client("bedrock-runtime", ACCOUNT).converse(modelId=NOVA, messages=user("A secret."))
    key = until(lambda: s3.list_objects_v2(Bucket="figures").get("Contents"))[0]["Key"]
    bedrock.delete_model_invocation_logging_configuration()
    text = gzip.decompress(s3.get_object(Bucket="figures", Key=key)["Body"].read()).decode()
    assert "secret" not in text
    assert json.loads(text)["input"]["inputTokenCount"] > 0


def test_a_log_that_is_not_there_is_refused(embedded: Embedded) -> None:
    bedrock = embedded.client("bedrock", ACCOUNT)
    for config in (
        {"s3Config": {"bucketName": "nowhere"}},
        {"cloudWatchConfig": {"logGroupName": "/nowhere", "roleArn": f"arn:aws:iam::{ACCOUNT}:role/x"}},
    ):
        with pytest.raises(ClientError, match="Failed to validate permissions"):
            bedrock.put_model_invocation_logging_configuration(loggingConfig=config)


def test_metrics(embedded: Embedded, team: Team) -> None:
    cloudwatch = embedded.client("cloudwatch", ACCOUNT)
    team.ask("Which stocks should I buy now?")

    def counted(namespace: str, name: str) -> Any:
        rows = cloudwatch.list_metrics(Namespace=namespace, MetricName=name)["Metrics"]
        return [{each["Name"]: each["Value"] for each in row["Dimensions"]} for row in rows]

    assert until(lambda: {"ModelId": team.profile} in counted("AWS/Bedrock", "InputTokenCount"))
    intervened = until(lambda: counted("AWS/Bedrock/Guardrails", "InvocationsIntervened"))
    assert team.guardrail_arn() in {row["GuardrailArn"] for row in intervened}


TEMPLATE: dict[str, Any] = {
    "Resources": {
        "Guardrail": {
            "Type": "AWS::Bedrock::Guardrail",
            "Properties": {
                "Name": "by-template",
                "BlockedInputMessaging": "in",
                "BlockedOutputsMessaging": "out",
                "WordPolicyConfig": {"WordsConfig": [{"Text": "alpha"}]},
                "Tags": [{"Key": "team", "Value": "desk"}],
            },
        },
        "Version": {
            "Type": "AWS::Bedrock::GuardrailVersion",
            "Properties": {"GuardrailIdentifier": {"Fn::GetAtt": ["Guardrail", "GuardrailId"]}},
        },
        "Profile": {
            "Type": "AWS::Bedrock::ApplicationInferenceProfile",
            "Properties": {
                "InferenceProfileName": "by-template",
                "ModelSource": {"CopyFrom": f"arn:aws:bedrock:{REGION}::foundation-model/{NOVA}"},
            },
        },
    },
    "Outputs": {
        "Guardrail": {"Value": {"Fn::GetAtt": ["Guardrail", "GuardrailId"]}},
        "Version": {"Value": {"Fn::GetAtt": ["Version", "Version"]}},
        "Profile": {"Value": {"Fn::GetAtt": ["Profile", "InferenceProfileArn"]}},
    },
}


def test_by_template(embedded: Embedded) -> None:
    stacks, runtime = embedded.client("cloudformation", ACCOUNT), embedded.client("bedrock-runtime", ACCOUNT)

    def deployed(operation: str, wait: str, template: dict[str, Any]) -> dict[str, str]:
        getattr(stacks, operation)(StackName="bedrock", TemplateBody=json.dumps(template))
        stacks.get_waiter(wait).wait(StackName="bedrock", WaiterConfig={"Delay": 1, "MaxAttempts": 20})
        outputs = stacks.describe_stacks(StackName="bedrock")["Stacks"][0]["Outputs"]
        return {row["OutputKey"]: row["OutputValue"] for row in outputs}

    def blocked(version: str, text: str) -> bool:
        found = runtime.apply_guardrail(
            guardrailIdentifier=outputs["Guardrail"],
            guardrailVersion=version,
            source="INPUT",
            content=[{"text": {"text": text}}],
        )
        return bool(found["action"] == "GUARDRAIL_INTERVENED")

    outputs = deployed("create_stack", "stack_create_complete", TEMPLATE)
    assert outputs["Version"] == "1"
    assert runtime.converse(modelId=outputs["Profile"], messages=user("Hi"), inferenceConfig={"maxTokens": 3})["output"]
    assert (blocked("1", "alpha"), blocked("1", "beta")) == (True, False)
    changed = json.loads(json.dumps(TEMPLATE))
    changed["Resources"]["Guardrail"]["Properties"]["WordPolicyConfig"]["WordsConfig"][0]["Text"] = "beta"
    changed["Resources"]["Second"] = {
        "Type": "AWS::Bedrock::GuardrailVersion",
        "DependsOn": "Version",
        "Properties": {"GuardrailIdentifier": {"Fn::GetAtt": ["Guardrail", "GuardrailId"]}, "Description": "second"},
    }
    again = deployed("update_stack", "stack_update_complete", changed)
    assert again == outputs
    assert (blocked("1", "beta"), blocked("2", "beta"), blocked("DRAFT", "beta")) == (False, True, True)
    stacks.delete_stack(StackName="bedrock")
    stacks.get_waiter("stack_delete_complete").wait(StackName="bedrock", WaiterConfig={"Delay": 1, "MaxAttempts": 20})
    with pytest.raises(ClientError, match="does not exist"):
        blocked("1", "alpha")
    with pytest.raises(ClientError, match="Could not find inference profile"):
        runtime.converse(modelId=outputs["Profile"], messages=user("Hi"))
