"""Custom resources behind a topic of another account, and a state machine that answers: as a request for a project."""

import json
import time
from typing import Any

import pytest

from tests.local.conftest import REGION, Embedded
from tests.local.workshop import until

pytestmark = pytest.mark.e2e
ASKING, ANSWERING = "000000000010", "000000000012"
TOPIC = f"arn:aws:sns:{REGION}:{ANSWERING}:wishes"
CODE = """
import boto3, json, urllib.request
def handler(event, context):
    for record in event["Records"]:
        asked = json.loads(record["Sns"]["Message"])
        name = "/wishes/" + asked["StackId"].split("/")[1] + "/" + asked["RequestType"]
        boto3.client("ssm").put_parameter(Name=name, Value=asked.get("PhysicalResourceId", "none"), Type="String")
        wish = asked["ResourceProperties"]["Wish"]
        body = {k: asked[k] for k in ("StackId", "RequestId", "LogicalResourceId")}
        body |= {"Status": "FAILED" if wish == "the moon" else "SUCCESS", "Reason": "out of reach"}
        body |= {"Data": {"Got": wish}, "PhysicalResourceId": "wish-1"}
        urllib.request.urlopen(urllib.request.Request(asked["ResponseURL"], json.dumps(body).encode(), method="PUT"))
"""


def role(embedded: Embedded, account: str, name: str, principal: dict[str, str], *actions: str) -> str:
    iam = embedded.client("iam", account)
    trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    document = {"Version": "2012-10-17", "Statement": [trust]}
    arn = str(iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(document))["Role"]["Arn"])
    allowed = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.put_role_policy(RoleName=name, PolicyName="may", PolicyDocument=policy)
    return arn


@pytest.fixture(scope="module")
def wishes(embedded: Embedded) -> dict[str, str]:
    """A topic with a function behind it, which one role of another account may publish to; roles by name."""
    may = ("cloudformation:*", "sns:Publish")
    roles = {
        name: role(embedded, ASKING, name, {"AWS": ASKING}, *actions)
        for name, actions in {"admitted": may, "stranger": may, "mute": may[:1]}.items()
    }
    runs = role(embedded, ANSWERING, "grants-wishes", {"Service": "lambda.amazonaws.com"}, "logs:*", "ssm:*")
    admitted = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ASKING}:root"},
        "Action": "sns:Publish",
        "Resource": TOPIC,
        "Condition": {"StringEquals": {"aws:PrincipalArn": [roles["admitted"], roles["mute"]]}},
    }
    resources = {
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "wishes"}},
        "Policy": {
            "Type": "AWS::SNS::TopicPolicy",
            "Properties": {
                "Topics": [{"Ref": "Topic"}],
                "PolicyDocument": {"Version": "2012-10-17", "Statement": [admitted]},
            },
        },
        "Function": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Runtime": "python3.12",
                "Handler": "index.handler",
                "Role": runs,
                "Code": {"ZipFile": CODE},
            },
        },
        "Called": {
            "Type": "AWS::Lambda::Permission",
            "Properties": {
                "Action": "lambda:InvokeFunction",
                "FunctionName": {"Fn::GetAtt": ["Function", "Arn"]},
                "Principal": "sns.amazonaws.com",
                "SourceArn": {"Ref": "Topic"},
            },
        },
        "Subscription": {
            "Type": "AWS::SNS::Subscription",
            "Properties": {
                "TopicArn": {"Ref": "Topic"},
                "Protocol": "lambda",
                "Endpoint": {"Fn::GetAtt": ["Function", "Arn"]},
            },
        },
    }
    stacks = embedded.client("cloudformation", ANSWERING)
    stacks.create_stack(StackName="wishes", TemplateBody=json.dumps({"Resources": resources}))
    assert stacks.describe_stacks(StackName="wishes")["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"
    return roles


def ask(
    embedded: Embedded, role_arn: str, stack: str, wish: str, topic: str = TOPIC
) -> tuple[str, str, dict[str, str]]:
    """A stack with a wish, made by a role; its status, the first reason of a failure, its outputs."""
    client = embedded.assume("cloudformation", role_arn, ASKING)
    template = {
        "Resources": {"W": {"Type": "Custom::Wish", "Properties": {"ServiceToken": topic, "Wish": wish}}},
        "Outputs": {"Got": {"Value": {"Fn::GetAtt": ["W", "Got"]}}},
    }
    client.create_stack(StackName=stack, TemplateBody=json.dumps(template))
    found = until(lambda: _settled(client, stack))
    events = client.describe_stack_events(StackName=stack)["StackEvents"]
    why = [e.get("ResourceStatusReason", "") for e in reversed(events) if e["ResourceStatus"] == "CREATE_FAILED"]
    outputs = {o["OutputKey"]: o["OutputValue"] for o in found.get("Outputs", ())}
    return found["StackStatus"], next(iter(why), ""), outputs


def _settled(client: Any, stack: str) -> Any:
    found = client.describe_stacks(StackName=stack)["Stacks"][0]
    return None if found["StackStatus"].endswith("IN_PROGRESS") else found


def test_a_topic_of_another_account_answers(embedded: Embedded, wishes: dict[str, str]) -> None:
    assert ask(embedded, wishes["admitted"], "granted", "a pony") == ("CREATE_COMPLETE", "", {"Got": "a pony"})


def test_its_refusal_fails_the_resource_in_its_words(embedded: Embedded, wishes: dict[str, str]) -> None:
    status, why, _ = ask(embedded, wishes["admitted"], "refused", "the moon")
    assert status == "ROLLBACK_COMPLETE"
    assert "out of reach" in why


@pytest.mark.parametrize("who", ["stranger", "mute"])
def test_both_accounts_must_allow_it(embedded: Embedded, wishes: dict[str, str], who: str) -> None:
    """A role that the topic's policy doesn't name, and one that its own policy doesn't let publish."""
    status, why, _ = ask(embedded, wishes[who], f"asked-by-{who}", "a pony")
    assert status == "ROLLBACK_COMPLETE"
    assert "not authorized" in why


def test_a_topic_that_is_not_there_fails_at_once(embedded: Embedded, wishes: dict[str, str]) -> None:
    status, why, _ = ask(embedded, wishes["admitted"], "nowhere", "a pony", TOPIC + "-not")
    assert status == "ROLLBACK_COMPLETE"
    assert why


class Machine:
    """A state machine of one task."""

    def __init__(self, embedded: Embedded, name: str, task: dict[str, Any], *actions: str) -> None:
        self.client = embedded.client("stepfunctions", ANSWERING)
        arn = role(embedded, ANSWERING, name, {"Service": "states.amazonaws.com"}, *actions)
        states = {"Do": {"Type": "Task", "End": True, **task}}
        definition = json.dumps({"QueryLanguage": "JSONata", "StartAt": "Do", "States": states})
        self.arn = self.client.create_state_machine(name=name, definition=definition, roleArn=arn)["stateMachineArn"]

    def run(self) -> dict[str, Any]:
        execution = self.client.start_execution(stateMachineArn=self.arn, input="{}")["executionArn"]
        deadline = time.monotonic() + 20
        while (found := self.client.describe_execution(executionArn=execution))["status"] == "RUNNING":
            assert time.monotonic() < deadline
            time.sleep(0.1)
        return dict(found)


READ = "arn:aws:states:::aws-sdk:servicecatalog:describeProvisionedProduct"


def test_a_task_calls_aws_as_the_machines_role(embedded: Embedded) -> None:
    task = {"Resource": READ, "Arguments": {"Name": "nothing"}}
    found = Machine(embedded, "may-look", task, "servicecatalog:DescribeProvisionedProduct").run()
    assert (found["status"], found["error"]) == ("FAILED", "ServiceCatalog.ResourceNotFoundException")
    found = Machine(embedded, "may-not-look", task, "servicecatalog:DescribeRecord").run()  # the twin
    assert found["error"] == "ServiceCatalog.AccessDeniedException"


def test_a_result_has_the_apis_names(embedded: Embedded) -> None:
    task = {
        "Resource": "arn:aws:states:::aws-sdk:servicecatalog:searchProducts",
        "Arguments": {},
        "Output": "{% $count($states.result.ProductViewSummaries) %}",
    }
    assert Machine(embedded, "may-search", task, "servicecatalog:SearchProducts").run()["output"] == "0"


@pytest.mark.parametrize(
    "resource", ["arn:aws:states:::aws-sdk:nosuchservice:look", "arn:aws:states:::aws-sdk:servicecatalog:noSuchThing"]
)
def test_what_does_not_exist_is_refused(embedded: Embedded, resource: str) -> None:
    name = resource.rsplit(":", 1)[-1]
    found = Machine(embedded, f"asks-{name}", {"Resource": resource, "Arguments": {}}, "servicecatalog:*").run()
    assert found["error"] == "States.Runtime"


def test_a_role_that_step_functions_may_not_take_is_refused(embedded: Embedded) -> None:
    client = embedded.client("stepfunctions", ANSWERING)
    other = role(embedded, ANSWERING, "not-for-states", {"Service": "lambda.amazonaws.com"}, "servicecatalog:*")
    task = {"Type": "Task", "End": True, "Resource": READ, "Arguments": {"Name": "x"}}
    definition = json.dumps({"QueryLanguage": "JSONata", "StartAt": "Do", "States": {"Do": task}})
    arn = client.create_state_machine(name="untrusted", definition=definition, roleArn=other)["stateMachineArn"]
    execution = client.start_execution(stateMachineArn=arn)["executionArn"]
    ended = until(lambda: _ended(client, execution))
    assert (ended["status"], ended["error"]) == ("FAILED", "States.Permissions")


def _ended(client: Any, execution: str) -> Any:
    found = client.describe_execution(executionArn=execution)
    return None if found["status"] == "RUNNING" else found


def test_what_a_failed_creation_may_have_left_is_deleted(embedded: Embedded, wishes: dict[str, str]) -> None:
    """As AWS's rollback does it, with the id that the failed answer gave; a creation that succeeded isn't deleted."""
    ask(embedded, wishes["admitted"], "taken-back", "the moon")
    ask(embedded, wishes["admitted"], "kept", "a pony")
    ssm = embedded.client("ssm", ANSWERING)
    heard = {p["Name"]: p["Value"] for p in ssm.get_parameters_by_path(Path="/wishes", Recursive=True)["Parameters"]}
    assert heard["/wishes/taken-back/Delete"] == "wish-1"
    assert "/wishes/kept/Create" in heard
    assert "/wishes/kept/Delete" not in heard
