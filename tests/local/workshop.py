"""What tests of the developer tools share: an account with roles, repositories and projects, and a way to wait."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

ACCOUNT = "000000000012"
REGION = "eu-west-1"
Statement = tuple[list[str], str]
LOGS: Statement = (["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], "*")
ENVIRONMENT = {"type": "LINUX_CONTAINER", "image": "aws/codebuild/standard:7.0", "computeType": "BUILD_GENERAL1_SMALL"}


def until(check: Callable[[], Any], seconds: float = 30.0) -> Any:
    """What `check` returns, once that is true."""
    deadline = time.monotonic() + seconds
    while not (found := check()):
        if time.monotonic() > deadline:
            pytest.fail(f"still nothing after {seconds:.0f} s: {found!r}")
        time.sleep(0.1)
    return found


def arn(service: str, resource: str) -> str:
    """An ARN in the workshop's account and region."""
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


@dataclass
class Workshop:
    """An account of the embedded AWS, seen through plain boto3."""

    embedded: Any

    def client(self, service: str) -> Any:
        """A client as the account's root."""
        return self.embedded.client(service, ACCOUNT)

    def role(self, name: str, service: str, *statements: Statement, principal: str = "Service") -> str:
        """A role that a service (or an account's root) may assume and that may do what the statements say; its ARN."""
        iam = self.client("iam")
        trust = {"Effect": "Allow", "Principal": {principal: service}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        role: str = iam.create_role(RoleName=name, Path="/fmops/", AssumeRolePolicyDocument=document)["Role"]["Arn"]
        allowed = [{"Effect": "Allow", "Action": actions, "Resource": resource} for actions, resource in statements]
        if allowed:
            policy = json.dumps({"Version": "2012-10-17", "Statement": allowed})
            iam.put_role_policy(RoleName=name, PolicyName="may", PolicyDocument=policy)
        return role

    def bucket(self, name: str) -> str:
        """A bucket; its name."""
        where = {"LocationConstraint": REGION}
        self.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration=where)
        return name

    def repository(self, name: str, **files: str) -> str | None:
        """A repository with a commit of these files, if any; the commit's id."""
        client = self.client("codecommit")
        client.create_repository(repositoryName=name)
        return self.commit(name, **files) if files else None

    def commit(self, repository: str, branch: str = "main", **files: str) -> str:
        """A commit of files on a branch; its id."""
        client = self.client("codecommit")
        try:
            tip = client.get_branch(repositoryName=repository, branchName=branch)["branch"]["commitId"]
            parent = {"parentCommitId": tip}
        except client.exceptions.BranchDoesNotExistException:
            parent = {}
        puts = [{"filePath": path, "fileContent": text.encode()} for path, text in files.items()]
        made = client.create_commit(repositoryName=repository, branchName=branch, putFiles=puts, **parent)
        return str(made["commitId"])

    def project(self, name: str, role: str, **members: Any) -> None:
        """A build project; without a source unless told otherwise."""
        plain = {"artifacts": {"type": "NO_ARTIFACTS"}, "environment": ENVIRONMENT, "serviceRole": role}
        self.client("codebuild").create_project(name=name, **{**plain, **members})

    def built(self, identifier: str) -> Any:
        """A build, once it is complete."""
        client = self.client("codebuild")

        def complete() -> Any:
            build = client.batch_get_builds(ids=[identifier])["builds"][0]
            return build if build["buildComplete"] else None

        return until(complete)

    def log(self, build: Any) -> list[str]:
        """The lines of a build's log."""
        where = {"logGroupName": build["logs"]["groupName"], "logStreamName": build["logs"]["streamName"]}
        return [event["message"] for event in self.client("logs").get_log_events(**where)["events"]]

    def heard(self, name: str, pattern: Any) -> Callable[[], list[Any]]:
        """Listens on the default bus from now on; call the answer for the events so far."""
        sqs, events = self.client("sqs"), self.client("events")
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
        events.put_rule(Name=name, EventPattern=json.dumps(pattern))
        events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": arn("sqs", name)}])
        found: list[Any] = []

        def received() -> list[Any]:
            for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
                found.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            return found

        return received
