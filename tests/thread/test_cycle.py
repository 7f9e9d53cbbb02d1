"""Each template's whole life on a deployed organisation: launched at its first version, at work in production, updated
to the newest, ended, purged. What an update doesn't reach stays; one that fails leaves all as it was."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError
from fmops_constructs import names
from fmops_constructs.catalog import discover

from fmops import delivery
from fmops.delivery import Project
from fmops.demo.asking import User
from fmops.demo.journey import ROWS, held_out_rows
from tests.thread.conftest import ROOT, Thread

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]
BAR = 240
"""Seconds: what a template's full cycle may take."""
FIRST = "1.0.0"
NEWEST = {folder.name: folder.versions[-1].name for folder in discover(ROOT / "templates")}


@dataclass
class Cycle:
    """One project, from its launch to its end."""

    thread: Thread
    template: str
    name: str
    begun: float = field(default_factory=time.time)

    @property
    def project(self) -> Project:
        return Project(self.thread.target, self.thread.foundation, names.Project(self.name, "retail"))

    def fmops(self, *arguments: str) -> dict[str, Any]:
        done = self.thread.fmops(*arguments, "--business-unit", "retail", "--json")
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def client(self, account_type: str, service: str) -> Any:
        account = self.thread.foundation.account(account_type, "retail")  # type: ignore[arg-type]
        return self.project.platform(account or self.project.tooling, service)

    def versions(self) -> set[str]:
        """What the register, and what the launch made, say of the version: one, if the project is whole."""
        pipelines, code = (self.client("tooling", service) for service in ("codepipeline", "codecommit"))
        repository = code.get_repository(repositoryName=self.name)["repositoryMetadata"]
        said = {repository["repositoryDescription"].rsplit(" ", 1)[-1].rstrip(")")}
        for pipeline in (self.project.name.build, self.project.name.promotion):
            arn = pipelines.get_pipeline(name=pipeline)["metadata"]["pipelineArn"]
            tags = {tag["key"]: tag["value"] for tag in pipelines.list_tags_for_resource(resourceArn=arn)["tags"]}
            said.add(tags.get("template-version", FIRST))  # the first one doesn't tag
        return said | {self.fmops("project", "status", self.name)["version"]}

    def tables(self) -> list[str]:
        """Its tables in production: they would be in the way of a next project of the name."""
        found = self.client("application-prod", "dynamodb").list_tables()["TableNames"]
        return [table for table in found if table.startswith(f"{names.PREFIX}-{self.name}-")]

    def head(self) -> str:
        branch = self.client("tooling", "codecommit").get_branch(repositoryName=self.name, branchName="main")
        return str(branch["branch"]["commitId"])


class Model(Cycle):
    """A model's: trained in dev, approved, promoted; its endpoint answers."""

    def work(self) -> None:
        delivery.wait_for_build(self.project, None, quiet)
        package = delivery.wait_for_model(self.project, self.begun, quiet).package
        assert package
        delivery.approve_model(self.project, package, "Good enough")
        delivery.promote(self.project, None, "Preprod tests pass", quiet)

    def answer(self) -> Any:
        account = self.project.account("prod")
        arn = names.role_arn(account, "consumer", "retail")
        session = self.thread.target.assume(self.thread.target.administrator(account), arn, name="test")
        endpoint = self.project.name.endpoint("prod")
        given = {"ContentType": "text/csv", "Accept": "text/csv", "Body": held_out_rows()[0].encode()}
        runtime = self.thread.target.client(session, "sagemaker-runtime")
        scores = runtime.invoke_endpoint(EndpointName=endpoint, **given)["Body"].read().decode().split()
        assert len(scores) == ROWS
        return scores

    def data(self) -> Any:
        group = self.project.name.model_package_group
        found = self.client("tooling", "sagemaker").list_model_packages(ModelPackageGroupName=group)
        return [(m["ModelPackageArn"], m["ModelApprovalStatus"]) for m in found["ModelPackageSummaryList"]]


class Application(Cycle):
    """An application's: tested in dev, promoted; it answers, and keeps ratings."""

    def work(self) -> None:
        delivery.wait_for_build(self.project, None, quiet)
        delivery.promote(self.project, None, "Preprod tests pass", quiet)
        message = self.user().ask("When does the canteen open?")
        self.user().call("PUT", f"messages/{message['id']}/rating", {"rating": "good"})

    def user(self) -> User:
        account = self.thread.foundation.account("application-prod", "retail") or ""
        arn = names.role_arn(account, "tester", "retail")
        session = self.thread.target.assume(self.thread.target.administrator(account), arn, name="test")
        return User(self.thread.target, session, self.project.name, "prod", "ana")

    def answer(self) -> Any:
        text = self.user().ask("When does the canteen open?")["text"]
        assert "11:30" in text
        return text

    def data(self) -> Any:
        items = self.client("application-prod", "dynamodb").scan(TableName=self.project.name.messages("prod"))["Items"]
        return sorted(item["id"]["S"] for item in items if item.get("rating"))


def quiet(_: str) -> None:
    pass


CYCLES: dict[str, Callable[[Thread], Model | Application]] = {
    "ml-train-deploy-realtime": lambda thread: Model(thread, "ml-train-deploy-realtime", "cycle"),
    "genai-consumer-app": lambda thread: Application(thread, "genai-consumer-app", "cycle-chat"),
}


@contextmanager
def denied(cycle: Cycle, action: str) -> Iterator[None]:
    """The launch role is denied an action meanwhile."""
    iam, where = cycle.client("tooling", "iam"), {"RoleName": names.LAUNCH_ROLE, "PolicyName": "hurdle"}
    statement = {"Effect": "Deny", "Action": action, "Resource": "*"}
    iam.put_role_policy(**where, PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    try:
        yield
    finally:
        iam.delete_role_policy(**where)


def test_every_template_has_its_cycle() -> None:
    assert set(CYCLES) == set(NEWEST)
    assert all(newest != FIRST for newest in NEWEST.values()), "nothing to update to"


@pytest.mark.parametrize("template", CYCLES)
def test_the_full_cycle_of_a_template(thread: Thread, template: str) -> None:
    """R72. Launch, work, approve, promote, answer, an update that fails, an update, delete, purge."""
    cycle = CYCLES[template](thread)
    started = time.monotonic()
    assert cycle.fmops("launch", template, "--name", cycle.name, "--version", FIRST)["outputs"]
    cycle.work()
    assert cycle.versions() == {FIRST}
    before = (cycle.head(), cycle.data(), cycle.answer())
    assert before[1], "there is data that could get lost"

    with denied(cycle, "ssm:PutParameter"):  # the register comes last: all else has changed by then
        refused = thread.fmops("project", "update", cycle.name, "--business-unit", "retail")
    assert refused.returncode == 3
    assert "ssm:PutParameter" in refused.stderr
    assert "It is as it was before" in refused.stderr
    assert cycle.versions() == {FIRST}

    assert cycle.fmops("project", "update", cycle.name)["version"] == NEWEST[template]
    assert cycle.versions() == {NEWEST[template]}
    assert (cycle.head(), cycle.data(), cycle.answer()) == before

    cycle.fmops("project", "delete", cycle.name, "--yes")
    assert cycle.head() == before[0], "code outlives its project"
    assert cycle.answer() == before[2], "what serves goes on"
    assert bool(cycle.tables()) == isinstance(cycle, Application)
    removed = cycle.fmops("project", "purge", cycle.name, "--yes")["removed"]
    assert any(f"repository {cycle.name}" in line for line in removed)
    with pytest.raises(ClientError):
        cycle.head()
    assert cycle.tables() == []
    assert time.monotonic() - started <= BAR


@pytest.mark.parametrize("template", CYCLES)
def test_an_update_from_studio_goes_the_same_way(thread: Thread, template: str) -> None:
    """The request in experimentation carries the version; one that fails is rolled back on both sides."""
    cycle = Cycle(thread, template, f"by-request-{len(template)}")
    cycle.fmops("launch", template, "--name", cycle.name, "--version", FIRST, "--from", "studio")
    assert cycle.versions() == {FIRST}
    with denied(cycle, "ssm:PutParameter"):
        assert thread.fmops("project", "update", cycle.name, "--business-unit", "retail").returncode == 3
    assert cycle.versions() == {FIRST}
    assert cycle.fmops("project", "update", cycle.name)["version"] == NEWEST[template]
    assert cycle.versions() == {NEWEST[template]}
    cycle.fmops("project", "delete", cycle.name, "--yes")
    cycle.fmops("project", "purge", cycle.name, "--yes")
