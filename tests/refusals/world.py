"""What attempts work with: accounts of the embedded AWS, roles with exactly these rights, stacks, waited for."""

import io
import itertools
import json
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from tests.local.conftest import REGION, Embedded

MANAGEMENT, ACCOUNT, OTHER = "000000000001", "000000000012", "000000000010"
Json = dict[str, Any]


class StackFailedError(Exception):
    """A stack operation that AWS accepted and then rolled back.

    Attributes:
        code: the first failed resource's status, e.g. `CREATE_FAILED`.
        message: its status reason.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message


def told(error: ClientError | StackFailedError) -> tuple[str, str]:
    """Code and message of a refusal."""
    if isinstance(error, StackFailedError):
        return error.code, error.message
    return error.response["Error"]["Code"], error.response["Error"]["Message"]


def statement(action: str | list[str], on: str | list[str] = "*", **more: Any) -> Json:
    """A statement that allows."""
    return {"Effect": "Allow", "Action": action, "Resource": on, **more}


def document(*statements: Json) -> str:
    """A policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(*, service: str | None = None, aws: str | None = None, **more: Any) -> str:
    """A role's trust policy."""
    principal = {"Service": f"{service}.amazonaws.com"} if service else {"AWS": aws or ACCOUNT}
    return document({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more})


def resource(kind: str, properties: Json | None = None, **more: Any) -> Json:
    """A resource of a template: `resource("SSM::Parameter", {...})`."""
    return {"Type": f"AWS::{kind}", "Properties": properties or {}, **more}


def function_code(size: int = 0) -> bytes:
    """A function's archive, with `size` bytes that don't compress."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("index.py", "def handler(event, context):\n    return event\n")
        archive.writestr("ballast", b"\0" * size)
    return buffer.getvalue()


@dataclass
class World:
    """The embedded AWS as attempts see it; each name is given once."""

    embedded: Embedded
    _clients: dict[tuple[str, str, str], Any] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def name(self, stem: str = "thing") -> str:
        """A name that nobody has."""
        return f"{stem}-{next(self._numbers)}"

    def client(self, service: str, account: str = ACCOUNT, region: str = REGION) -> Any:
        """A client as an account's root; made once, since making one takes 50 ms."""
        wanted = (service, account, region)
        if wanted not in self._clients:
            self._clients[wanted] = self.embedded.client(service, account, region)
        return self._clients[wanted]

    def role(self, *allowed: Json, account: str = ACCOUNT, **members: Any) -> str:
        """A role that may do what the statements say; its own account may take it, unless told otherwise. Its ARN."""
        name, iam = self.name("role"), self.client("iam", account)
        members.setdefault("AssumeRolePolicyDocument", trust(aws=account))
        arn: str = iam.create_role(RoleName=name, **members)["Role"]["Arn"]
        if allowed:
            iam.put_role_policy(RoleName=name, PolicyName="may", PolicyDocument=document(*allowed))
        return arn

    def service_role(self, service: str, *allowed: Json) -> str:
        """A role that a service takes; its ARN."""
        return self.role(*allowed, AssumeRolePolicyDocument=trust(service=service))

    def allowed(self, service: str, *allowed: Json, account: str = ACCOUNT) -> Any:
        """A client that may do exactly what the statements say."""
        return self.embedded.assume(service, self.role(*allowed, account=account), by=account)

    def policy(self, *statements: Json) -> str:
        """A managed policy; its ARN."""
        made = self.client("iam").create_policy(
            PolicyName=self.name("policy"), PolicyDocument=document(*statements or (statement("s3:ListBucket"),))
        )
        return str(made["Policy"]["Arn"])

    def bucket(self, account: str = ACCOUNT) -> str:
        """An empty bucket; its name."""
        name = self.name("bucket-of-refusals")
        where = {"LocationConstraint": REGION}
        self.client("s3", account).create_bucket(Bucket=name, CreateBucketConfiguration=where)
        return name

    def key(self, account: str = ACCOUNT, **members: Any) -> str:
        """A key; its ARN."""
        return str(self.client("kms", account).create_key(**members)["KeyMetadata"]["Arn"])

    def deploy(self, resources: Json, *, client: Any = None, stack: str | None = None, **more: Any) -> str:
        """Makes (or, with `stack`, changes) a stack and waits for its end; its name. Raises StackFailedError.

        Args:
            resources: the template's section, or a whole template.
            client: CloudFormation as somebody, else as the account's root.
            stack: the name of a stack that exists, to update it.
            more: members of CreateStack or UpdateStack.
        """
        client = client or self.client("cloudformation")
        template = resources if "Resources" in resources else {"Resources": resources}
        name = stack or self.name("stack")
        body = more.pop("TemplateBody", json.dumps(template))
        asked = {"StackName": name, "TemplateBody": body, "Capabilities": ["CAPABILITY_NAMED_IAM"], **more}
        operation = client.update_stack if stack else client.create_stack
        self.settled(operation(**asked)["StackId"])
        return name

    def settled(self, stack: str) -> None:
        """Waits for a stack's end, by its id. Raises StackFailedError."""
        client, deadline = self.client("cloudformation", stack.split(":")[4]), time.monotonic() + 60
        while (found := client.describe_stacks(StackName=stack)["Stacks"][0])["StackStatus"].endswith("IN_PROGRESS"):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{stack} is still {found['StackStatus']}")
            time.sleep(0.05)
        if "ROLLBACK" in found["StackStatus"] or "FAILED" in found["StackStatus"]:
            events = client.describe_stack_events(StackName=found["StackId"])["StackEvents"]
            failed = [event for event in events if event["ResourceStatus"].endswith("_FAILED")]
            first = failed[-1] if failed else {"ResourceStatus": found["StackStatus"]}
            raise StackFailedError(first["ResourceStatus"], first.get("ResourceStatusReason", ""))

    def settled_deletion(self, stack: str) -> None:
        """Waits until a stack is gone. Raises StackFailedError."""
        client, deadline = self.client("cloudformation"), time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                status = client.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
            except ClientError:
                return
            if status == "DELETE_FAILED":
                raise StackFailedError(status, f"{stack} is not deleted")
            if status == "DELETE_COMPLETE":
                return
            time.sleep(0.05)
