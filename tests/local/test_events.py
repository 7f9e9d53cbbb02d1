"""Events that start something: what a rule sends, with whose permissions, and where refusals show."""

import json
from typing import Any

import pytest

from tests.local.workshop import LOGS, Workshop, arn, until


@pytest.fixture(scope="module")
def workshop(embedded: Any) -> Workshop:
    return Workshop(embedded)


@pytest.mark.e2e
class TestBuildAsTarget:
    def target(self, workshop: Workshop, name: str, role: str, **members: Any) -> None:
        events = workshop.client("events")
        events.put_rule(Name=name, EventPattern=json.dumps({"source": ["test"], "detail-type": [name]}))
        target = {"Id": "build", "Arn": arn("codebuild", f"project/{name}"), "RoleArn": role, **members}
        events.put_targets(Rule=name, Targets=[target])

    def project(self, workshop: Workshop, name: str) -> None:
        role = workshop.role(f"{name}-build", "codebuild.amazonaws.com", LOGS)
        spec = "version: 0.2\nphases: {build: {commands: ['echo got $WHO']}}"
        workshop.project(name, role, source={"type": "NO_SOURCE", "buildspec": spec})

    def put(self, workshop: Workshop, name: str) -> None:
        entry = {"Source": "test", "DetailType": name, "Detail": json.dumps({"who": "ana"})}
        assert workshop.client("events").put_events(Entries=[entry])["FailedEntryCount"] == 0

    def test_the_transformed_input_reaches_the_build(self, workshop: Workshop) -> None:
        self.project(workshop, "event-build")
        allowed = (["codebuild:StartBuild"], arn("codebuild", "project/event-build"))
        role = workshop.role("event-build-start", "events.amazonaws.com", allowed)
        template = '{"environmentVariablesOverride": [{"name": "WHO", "value": <who>}]}'
        transformer = {"InputPathsMap": {"who": "$.detail.who"}, "InputTemplate": template}
        self.target(workshop, "event-build", role, InputTransformer=transformer)
        self.put(workshop, "event-build")
        client = workshop.client("codebuild")
        identifier = until(lambda: client.list_builds_for_project(projectName="event-build")["ids"])[0]
        assert "got ana" in workshop.log(workshop.built(identifier))

    def test_a_refusal_goes_to_the_dead_letter_queue(self, workshop: Workshop) -> None:
        self.project(workshop, "event-denied")
        sqs = workshop.client("sqs")
        url = sqs.create_queue(QueueName="dead-letters")["QueueUrl"]
        role = workshop.role("event-denied-start", "events.amazonaws.com")
        self.target(workshop, "event-denied", role, DeadLetterConfig={"Arn": arn("sqs", "dead-letters")})
        self.put(workshop, "event-denied")
        message = until(lambda: sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"]).get("Messages"))[0]
        told = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
        assert told["ERROR_CODE"] == "AccessDeniedException"
        assert "codebuild:StartBuild" in told["ERROR_MESSAGE"]
        assert told["TARGET_ARN"] == arn("codebuild", "project/event-denied")
        assert json.loads(message["Body"])["detail"] == {"who": "ana"}
        assert workshop.client("codebuild").list_builds_for_project(projectName="event-denied")["ids"] == []
