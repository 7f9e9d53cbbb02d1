"""Every resource type of our templates: made as asked, changed in place, replaced, and gone when deleted."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.conftest import Embedded
from tests.local.types_table import ACCOUNT, REGION, ROWS, Clients, Model, Row

pytestmark = pytest.mark.e2e
DONE = ("CREATE_COMPLETE", "UPDATE_COMPLETE")


@pytest.fixture(scope="module")
def clients(embedded: Embedded) -> Clients:
    """Clients of the account in which the types are made, by service; a product's template is there."""
    made: dict[str, Any] = {}
    s3 = embedded.client("s3", ACCOUNT)
    s3.create_bucket(Bucket="types-templates", CreateBucketConfiguration={"LocationConstraint": REGION})
    services = [f"{name}.amazonaws.com" for name in ("sagemaker", "codebuild", "codepipeline", "lambda", "events")]
    trusted = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": services}}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trusted]})
    for name in ("types", "types2"):
        embedded.client("iam", ACCOUNT).create_role(RoleName=name, AssumeRolePolicyDocument=document)
    template = {"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}
    s3.put_object(Bucket="types-templates", Key="p.json", Body=json.dumps(template).encode())
    return lambda service: made.setdefault(service, embedded.client(service, ACCOUNT))


class Stack:
    """One stack with the resource `X` of a row and what it needs beside it."""

    def __init__(self, clients: Clients, row: Row) -> None:
        self.client, self.row = clients("cloudformation"), row
        self.name = "types-" + str(row).removeprefix("AWS::").replace("::", "-")

    def put(self, properties: Model, *, exists: bool) -> str:
        """Creates or updates the stack; the physical id of X."""
        resources = {**self.row.beside, "X": {"Type": self.row.type, "Properties": properties}}
        act = self.client.update_stack if exists else self.client.create_stack
        body = json.dumps({"Resources": resources})
        act(StackName=self.name, TemplateBody=body, Capabilities=["CAPABILITY_NAMED_IAM"])
        status = self.client.describe_stacks(StackName=self.name)["Stacks"][0]["StackStatus"]
        events = self.client.describe_stack_events(StackName=self.name)["StackEvents"]
        assert status in DONE, [e.get("ResourceStatusReason") for e in events if "FAILED" in e["ResourceStatus"]]
        detail = self.client.describe_stack_resource(StackName=self.name, LogicalResourceId="X")
        return str(detail["StackResourceDetail"]["PhysicalResourceId"])

    def delete(self) -> None:
        """Deletes the stack."""
        self.client.delete_stack(StackName=self.name)
        with pytest.raises(ClientError, match="does not exist"):
            self.client.describe_stacks(StackName=self.name)


def absent(clients: Clients, row: Row, physical_id: str) -> bool:
    """Whether the service says that the resource does not exist."""
    try:
        return row.read(clients, physical_id) is None
    except (ClientError, IndexError):
        return True


def same(clients: Clients, row: Row, physical_id: str, asked: Model) -> None:
    """Asserts that the service tells what was asked."""
    shown = row.read(clients, physical_id)
    assert shown is not None
    assert shown == {name: asked[name] for name in shown if name in asked} | {
        n: v for n, v in shown.items() if n not in asked
    }


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_lifecycle(clients: Clients, row: Row) -> None:
    stack = Stack(clients, row)
    first = stack.put(row.made, exists=False)
    same(clients, row, first, row.made)
    asked = row.made
    if row.changed:
        asked = {**asked, **row.changed}
        assert stack.put(asked, exists=True) == first, "changed in place"
        same(clients, row, first, asked)
    latest = first
    if row.replaced:
        asked = {**asked, **row.replaced}
        latest = stack.put(asked, exists=True)
        assert latest != first, "replaced"
        same(clients, row, latest, asked)
    stack.delete()
    if row.type != "AWS::CDK::Metadata":
        assert absent(clients, row, latest)
        assert absent(clients, row, first)
