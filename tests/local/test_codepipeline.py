"""CodePipeline: from a commit to an approved execution, and everything that may stop it."""

import functools
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from fmops.local.registry import AwsError
from fmops.local.services.codepipeline import actions, declaration
from tests.local.workshop import ACCOUNT, LOGS, Workshop, arn, until

Json = dict[str, Any]
BUILDSPEC = """
version: 0.2
env: {exported-variables: [RESULT]}
phases:
  build:
    commands:
      - echo "$WHO built $SHA for $CODEBUILD_INITIATOR" > made.txt
      - test ! -e broken
      - export RESULT="result of $WHO"
artifacts: {files: [made.txt]}
"""


def action(kind: str, name: str, reads: str = "", writes: str = "", **configuration: str) -> Json:
    """An action; `kind` is category and provider, artifacts are words."""
    category, provider = kind.split()
    return {
        "name": name,
        "actionTypeId": {"category": category, "owner": "AWS", "provider": provider, "version": "1"},
        "configuration": configuration,
        "inputArtifacts": [{"name": artifact} for artifact in reads.split()],
        "outputArtifacts": [{"name": artifact} for artifact in writes.split()],
    }


def stage(name: str, *inside: Json) -> Json:
    return {"name": name, "actions": list(inside)}


def pipeline(name: str, role: str, *stages: Json, bucket: str = "codepipeline-tests", **members: Any) -> Json:
    store = {"type": "S3", "location": bucket}
    return {
        "name": name,
        "roleArn": role,
        "artifactStore": store,
        "pipelineType": "V2",
        "stages": list(stages),
        **members,
    }


def source(repository: str, **members: Any) -> Json:
    made = action("Source CodeCommit", "Get", "", "src", RepositoryName=repository, BranchName="main")
    made["configuration"]["PollForSourceChanges"] = "false"
    return stage("Source", {**made, "namespace": "Src", **members})


class TestDeclaration:
    @pytest.mark.parametrize(
        ("stages", "code", "says"),
        [
            ([source("r")], "InvalidStructureException", "at least 2 stages"),
            ([source("r"), source("r")], "InvalidStageDeclarationException", "more than once"),
            ([source("r"), stage("B", source("r")["actions"][0])], "InvalidStructureException", "first stage"),
            (
                [source("r"), stage("B", action("Build CodeBuild", "b", "other", ProjectName="p"))],
                "InvalidActionDeclarationException",
                "other",
            ),
            (
                [source("r"), stage("B", action("Build CodeBuild", "b", "src"))],
                "InvalidActionDeclarationException",
                "ProjectName",
            ),
            (
                [source("r"), stage("B", action("Build Jenkins", "b", "src"))],
                "InvalidActionDeclarationException",
                "no action provider Build Jenkins",
            ),
        ],
    )
    def test_a_wrong_structure_is_refused(self, stages: list[Json], code: str, says: str) -> None:
        for found in stages:
            for inside in found["actions"]:
                inside.setdefault("runOrder", 1)
        with pytest.raises(AwsError, match=says) as caught:
            declaration.check(pipeline("p", "role", *stages))
        assert caught.value.code == code

    def test_variables_are_resolved_or_refused(self) -> None:
        namespaces = {"variables": {"WHO": "ana"}, "Src": {"CommitId": "abc"}}
        found = actions.resolve({"a": "#{variables.WHO} at #{Src.CommitId}", "b": "plain"}, namespaces)
        assert found == {"a": "ana at abc", "b": "plain"}
        with pytest.raises(actions.ActionError, match=r"#\{Src.Nothing\} has no value"):
            actions.resolve({"a": "#{Src.Nothing}"}, namespaces)


@pytest.fixture(scope="module")
def workshop(embedded: Any) -> Workshop:
    return Workshop(embedded)


@pytest.fixture(scope="module")
def role(workshop: Workshop) -> str:
    """A pipeline role: the artifact bucket, all repositories, all projects."""
    bucket = workshop.bucket("codepipeline-tests")
    return workshop.role(
        "pipeline-tests",
        "codepipeline.amazonaws.com",
        (["s3:GetObject", "s3:PutObject"], f"arn:aws:s3:::{bucket}/*"),
        (["codecommit:GetBranch", "codecommit:GetCommit", "codecommit:UploadArchive"], arn("codecommit", "*")),
        (["codebuild:StartBuild", "codebuild:BatchGetBuilds"], arn("codebuild", "project/*")),
    )


@pytest.fixture(scope="module")
def build_role(workshop: Workshop, role: str) -> str:
    objects = (["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::codepipeline-tests/*")
    return workshop.role("pipeline-tests-build", "codebuild.amazonaws.com", LOGS, objects)


class Line:
    """A pipeline of a test: its state, its executions, its approvals."""

    def __init__(self, workshop: Workshop, name: str) -> None:
        self.client, self.name, self.workshop = workshop.client("codepipeline"), name, workshop

    def executions(self) -> list[Json]:
        """Newest first, without the one that creation starts."""
        found = self.client.list_pipeline_executions(pipelineName=self.name)["pipelineExecutionSummaries"]
        return [row for row in found if row["trigger"]["triggerType"] != "CreatePipeline"]

    def start(self, **members: Any) -> str:
        return str(self.client.start_pipeline_execution(name=self.name, **members)["pipelineExecutionId"])

    def get(self, execution: str) -> Json:
        answer = self.client.get_pipeline_execution(pipelineName=self.name, pipelineExecutionId=execution)
        return dict(answer["pipelineExecution"])

    def ended(self, execution: str) -> Json:
        def over() -> Json | None:
            found = self.get(execution)
            return found if found["status"] not in ("InProgress", "Stopping") else None

        return dict(until(over))

    def actions(self, execution: str) -> dict[str, Json]:
        """Action -> its latest details."""
        answer = self.client.list_action_executions(pipelineName=self.name, filter={"pipelineExecutionId": execution})[
            "actionExecutionDetails"
        ]
        return {row["actionName"]: row for row in reversed(answer)}

    def state(self, stage_name: str) -> Json:
        found = self.client.get_pipeline_state(name=self.name)["stageStates"]
        return next(row for row in found if row["stageName"] == stage_name)

    def token(self, stage_name: str = "Gate") -> str:
        def pending() -> Any:
            return self.state(stage_name)["actionStates"][0].get("latestExecution", {}).get("token")

        return str(until(pending))

    def decide(self, status: str, token: str, client: Any = None, stage_name: str = "Gate") -> Any:
        result = {"status": status, "summary": f"{status} by a test"}
        where = {"pipelineName": self.name, "stageName": stage_name, "actionName": "Ok"}
        return (client or self.client).put_approval_result(**where, result=result, token=token)


@pytest.fixture
def gated(workshop: Workshop, role: str, request: pytest.FixtureRequest) -> Line:
    """Source and a manual approval, with a commit to run on."""
    name = f"gated-{request.node.name[5:40].replace('[', '-').strip('-]')}"
    workshop.repository(name, a="1")
    mode = getattr(request, "param", "SUPERSEDED")
    stages = (source(name), stage("Gate", action("Approval Manual", "Ok", CustomData="#{Src.CommitId}")))
    line = Line(workshop, name)
    line.client.create_pipeline(pipeline=pipeline(name, role, *stages, executionMode=mode))
    line.decide("Approved", line.token())  # the run that creation starts
    return line


@pytest.mark.e2e
class TestThread:
    def test_a_commit_is_built_approved_and_done(self, workshop: Workshop, role: str, build_role: str) -> None:
        workshop.repository("thread")
        workshop.project("thread", build_role, source={"type": "CODEPIPELINE"}, artifacts={"type": "CODEPIPELINE"})
        variables = [{"name": "WHO", "value": "#{variables.WHO}"}, {"name": "SHA", "value": "#{Src.CommitId}"}]
        build = action(
            "Build CodeBuild", "Make", "src", "made", ProjectName="thread", EnvironmentVariables=json.dumps(variables)
        )
        gate = action("Approval Manual", "Ok", CustomData="Ship the #{Made.RESULT}?")
        stages = (source("thread"), stage("Build", {**build, "namespace": "Made"}), stage("Gate", gate))
        line = Line(workshop, "thread")
        declared = pipeline("thread", role, *stages, variables=[{"name": "WHO", "defaultValue": "nobody"}])
        assert line.client.create_pipeline(pipeline=declared)["pipeline"]["version"] == 1
        starts = workshop.role(
            "thread-start",
            "events.amazonaws.com",
            (["codepipeline:StartPipelineExecution"], arn("codepipeline", "thread")),
        )
        events = workshop.client("events")
        pattern = {
            "source": ["aws.codecommit"],
            "detail-type": ["CodeCommit Repository State Change"],
            "resources": [arn("codecommit", "thread")],
            "detail": {"referenceType": ["branch"], "referenceName": ["main"]},
        }
        rule = events.put_rule(Name="thread", EventPattern=json.dumps(pattern))["RuleArn"]
        template = '{"variables": [{"name": "WHO", "value": <who>}]}'
        transformer = {"InputPathsMap": {"who": "$.detail.repositoryName"}, "InputTemplate": template}
        target = {"Id": "1", "Arn": arn("codepipeline", "thread"), "RoleArn": starts, "InputTransformer": transformer}
        events.put_targets(Rule="thread", Targets=[target])
        heard = workshop.heard("thread-events", {"source": ["aws.codepipeline"], "detail": {"pipeline": ["thread"]}})

        commit = workshop.commit("thread", **{"buildspec.yml": BUILDSPEC})
        token = line.token()
        (row,) = line.executions()
        execution = row["pipelineExecutionId"]
        assert row["trigger"] == {"triggerType": "CloudWatchEvent", "triggerDetail": rule}
        assert row["sourceRevisions"][0]["revisionId"] == commit
        shown = line.get(execution)
        assert shown["variables"] == [{"name": "WHO", "resolvedValue": "thread"}]
        done = line.actions(execution)
        assert done["Make"]["output"]["outputVariables"] == {"RESULT": "result of thread"}
        assert done["Ok"]["input"]["resolvedConfiguration"]["CustomData"] == "Ship the result of thread?"
        (made,) = done["Make"]["output"]["outputArtifacts"]
        assert made["s3location"]["key"].startswith("thread/made/")
        identifier = done["Make"]["output"]["executionResult"]["externalExecutionId"]
        assert workshop.built(identifier)["initiator"] == "codepipeline/thread"

        approver = self.approver(workshop, "thread")
        line.decide("Approved", token, approver)
        assert line.ended(execution)["status"] == "Succeeded"
        decided = line.actions(execution)["Ok"]
        assert decided["updatedBy"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/release-approver/test"
        assert decided["output"]["executionResult"]["externalExecutionSummary"] == "Approved by a test"
        whole = [e["detail"] for e in until(lambda: len(heard()) >= 14 and heard())]
        of_execution = [d for d in whole if d["execution-id"] == execution]
        assert [d["state"] for d in of_execution if "stage" not in d] == ["STARTED", "SUCCEEDED"]
        assert [d["state"] for d in of_execution if d.get("action") == "Make"] == ["STARTED", "SUCCEEDED"]

    def approver(self, workshop: Workshop, name: str) -> Any:
        """A person who may decide this pipeline's gate, and nothing else."""
        allowed = (["codepipeline:PutApprovalResult"], arn("codepipeline", f"{name}/Gate/Ok"))
        made = workshop.role("release-approver", f"arn:aws:iam::{ACCOUNT}:root", allowed, principal="AWS")
        return workshop.embedded.assume("codepipeline", made, ACCOUNT)

    def test_a_failing_build_fails_the_pipeline_and_a_retry_mends_it(
        self, workshop: Workshop, role: str, build_role: str
    ) -> None:
        workshop.repository("mended", **{"buildspec.yml": BUILDSPEC, "broken": ""})
        workshop.project("mended", build_role, source={"type": "CODEPIPELINE"}, artifacts={"type": "CODEPIPELINE"})
        line = Line(workshop, "mended")
        stages = (
            source("mended"),
            stage("Build", action("Build CodeBuild", "Make", "src", "made", ProjectName="mended")),
        )
        line.client.create_pipeline(pipeline=pipeline("mended", role, *stages))
        execution = line.start()
        failed = line.ended(execution)
        assert failed["status"] == "Failed"
        details = line.actions(execution)["Make"]["output"]["executionResult"]["errorDetails"]
        assert details["code"] == "JobFailed"
        assert details["message"] == (
            "Build terminated with state: FAILED. Phase: BUILD, Code: COMMAND_EXECUTION_ERROR, "
            "Message: Error while executing command: test ! -e broken. Reason: exit status 1"
        )
        assert "test ! -e broken" in failed["statusSummary"]
        mended = {"buildspecOverride": "version: 0.2\nphases: {}\nartifacts: {files: ['**/*']}"}
        update = workshop.client("codebuild").update_project
        update(name="mended", source={"type": "CODEPIPELINE", "buildspec": mended["buildspecOverride"]})
        where = {"pipelineName": "mended", "pipelineExecutionId": execution, "stageName": "Build"}
        with pytest.raises(line.client.exceptions.StageNotRetryableException):
            line.client.retry_stage_execution(**{**where, "stageName": "Source"}, retryMode="FAILED_ACTIONS")
        line.client.retry_stage_execution(**where, retryMode="FAILED_ACTIONS")
        assert line.ended(execution)["status"] == "Succeeded"

    @pytest.mark.parametrize(
        ("missing", "at", "says"),
        [
            ("codecommit:UploadArchive", "Get", "codecommit:UploadArchive"),
            ("codebuild:StartBuild", "Make", "codebuild:StartBuild"),
        ],
    )
    def test_what_the_pipelines_role_may_not_do_fails_the_action(
        self, workshop: Workshop, role: str, build_role: str, missing: str, at: str, says: str
    ) -> None:
        name = f"denied-{at.lower()}"
        workshop.repository(name, **{"buildspec.yml": BUILDSPEC})
        workshop.project(name, build_role, source={"type": "CODEPIPELINE"}, artifacts={"type": "CODEPIPELINE"})
        needed = {
            "codecommit:GetBranch",
            "codecommit:GetCommit",
            "codecommit:UploadArchive",
            "codebuild:StartBuild",
            "s3:PutObject",
        }
        poor = workshop.role(name, "codepipeline.amazonaws.com", (sorted(needed - {missing}), "*"))
        stages = (source(name), stage("Build", action("Build CodeBuild", "Make", "src", "made", ProjectName=name)))
        line = Line(workshop, name)
        line.client.create_pipeline(pipeline=pipeline(name, poor, *stages))
        execution = line.start()
        assert line.ended(execution)["status"] == "Failed"
        details = line.actions(execution)[at]["output"]["executionResult"]["errorDetails"]
        assert (details["code"], says in details["message"]) == ("PermissionError", True)

    def test_actions_of_equal_order_run_together_and_the_next_wait(
        self, workshop: Workshop, role: str, build_role: str
    ) -> None:
        spec = "version: 0.2\nphases: {build: {commands: ['sleep 1']}}"
        workshop.repository("ordered", **{"buildspec.yml": spec})
        workshop.project("ordered", build_role, source={"type": "CODEPIPELINE"}, artifacts={"type": "CODEPIPELINE"})
        orders = {"a": 1, "b": 1, "c": 2}
        inside = [
            {**action("Test CodeBuild", n, "src", ProjectName="ordered"), "runOrder": o} for n, o in orders.items()
        ]
        line = Line(workshop, "ordered")
        line.client.create_pipeline(pipeline=pipeline("ordered", role, source("ordered"), stage("Build", *inside)))
        execution = line.client.list_pipeline_executions(pipelineName="ordered")["pipelineExecutionSummaries"][0]
        ended = line.ended(execution["pipelineExecutionId"])
        assert ended["status"] == "Succeeded", ended.get("statusSummary")
        rows = line.actions(execution["pipelineExecutionId"])
        assert max(rows["a"]["startTime"], rows["b"]["startTime"]) < min(
            rows["a"]["lastUpdateTime"], rows["b"]["lastUpdateTime"]
        )
        assert rows["c"]["startTime"] >= max(rows["a"]["lastUpdateTime"], rows["b"]["lastUpdateTime"])


@pytest.mark.e2e
class TestDecisions:
    def test_only_the_right_token_decides_and_once(self, gated: Line) -> None:
        execution = gated.start()
        token = gated.token()
        with pytest.raises(gated.client.exceptions.InvalidApprovalTokenException):
            gated.decide("Approved", "0" * 36)
        with pytest.raises(gated.client.exceptions.StageNotFoundException):
            gated.decide("Approved", token, stage_name="Nowhere")
        assert gated.get(execution)["status"] == "InProgress"
        gated.decide("Rejected", token)
        ended = gated.ended(execution)
        assert (ended["status"], "Rejected by" in ended["statusSummary"]) == ("Failed", True)
        with pytest.raises(gated.client.exceptions.ApprovalAlreadyCompletedException):
            gated.decide("Approved", token)

    def test_who_may_not_decide_does_not(self, gated: Line) -> None:
        execution, token = gated.start(), gated.token()
        allowed = (["codepipeline:PutApprovalResult"], arn("codepipeline", "another/Gate/Ok"))
        made = gated.workshop.role("not-approver", f"arn:aws:iam::{ACCOUNT}:root", allowed, principal="AWS")
        client = gated.workshop.embedded.assume("codepipeline", made, ACCOUNT)
        with pytest.raises(ClientError, match="PutApprovalResult"):
            gated.decide("Approved", token, client)
        assert gated.get(execution)["status"] == "InProgress"

    def test_the_newest_waiting_execution_supersedes(self, gated: Line) -> None:
        first = gated.start()
        gated.token()
        second, third = gated.start(), None
        until(lambda: gated.state("Gate").get("inboundExecution", {}).get("pipelineExecutionId") == second)
        third = gated.start()
        assert gated.ended(second)["status"] == "Superseded"
        token = gated.token()
        gated.decide("Approved", token)
        assert gated.ended(first)["status"] == "Succeeded"
        until(lambda: gated.token() != token)
        gated.decide("Approved", gated.token())
        assert gated.ended(third)["status"] == "Succeeded"

    @pytest.mark.parametrize("gated", ["QUEUED"], indirect=True)
    def test_queued_executions_keep_their_order(self, gated: Line) -> None:
        ids = [gated.start()]
        for _ in range(2):
            token = gated.token()
            ids.append(gated.start())
        done = []
        for execution in ids:
            until(functools.partial(lambda of: gated.actions(of).get("Ok"), execution))
            gated.decide("Approved", gated.token())
            done.append(gated.ended(execution)["status"])
        assert (done, bool(token)) == (["Succeeded"] * 3, True)

    def test_stop_and_abandon(self, gated: Line) -> None:
        execution, token = gated.start(), gated.token()
        where = {"pipelineName": gated.name, "pipelineExecutionId": execution}
        gated.client.stop_pipeline_execution(**where, reason="wrong data")
        assert gated.get(execution)["status"] == "Stopping"
        with pytest.raises(gated.client.exceptions.DuplicatedStopRequestException):
            gated.client.stop_pipeline_execution(**where)
        gated.client.stop_pipeline_execution(**where, abandon=True, reason="wrong data")
        assert gated.ended(execution)["status"] == "Stopped"
        assert gated.actions(execution)["Ok"]["status"] == "Abandoned"
        with pytest.raises(gated.client.exceptions.PipelineExecutionNotStoppableException):
            gated.client.stop_pipeline_execution(**where)
        with pytest.raises(gated.client.exceptions.ApprovalAlreadyCompletedException):
            gated.decide("Approved", token)

    def test_a_disabled_transition_holds_executions(self, gated: Line) -> None:
        where = {"pipelineName": gated.name, "stageName": "Gate", "transitionType": "Inbound"}
        gated.client.disable_stage_transition(**where, reason="freeze")
        execution = gated.start()
        until(lambda: gated.state("Gate").get("inboundExecution"))
        assert gated.state("Gate")["inboundTransitionState"]["disabledReason"] == "freeze"
        gated.client.enable_stage_transition(**where)
        gated.decide("Approved", gated.token())
        assert gated.ended(execution)["status"] == "Succeeded"

    def test_start_is_checked_and_idempotent(self, gated: Line) -> None:
        with pytest.raises(ClientError, match="no variable named NOPE"):
            gated.start(variables=[{"name": "NOPE", "value": "1"}])
        first, second = gated.start(clientRequestToken="same"), gated.start(clientRequestToken="same")
        assert first == second
        with pytest.raises(gated.client.exceptions.PipelineNotFoundException):
            gated.client.start_pipeline_execution(name="no-such")


@pytest.mark.e2e
class TestResource:
    def template(self, role: str, summary: str, wait: str = "false") -> Json:
        kind = {"Owner": "AWS", "Version": "1"}
        get = {
            "Name": "Get",
            "ActionTypeId": {"Category": "Source", "Provider": "CodeCommit", **kind},
            "Configuration": {
                "RepositoryName": {"Fn::GetAtt": "Repository.Name"},
                "BranchName": "main",
                "PollForSourceChanges": False,
            },
            "OutputArtifacts": [{"Name": "src"}],
        }
        ok = {
            "Name": "Ok",
            "ActionTypeId": {"Category": "Approval", "Provider": "Manual", **kind},
            "Configuration": {"CustomData": summary},
        }
        return {
            "Resources": {
                "Repository": {"Type": "AWS::CodeCommit::Repository", "Properties": {"RepositoryName": "templated"}},
                "Pipeline": {
                    "Type": "AWS::CodePipeline::Pipeline",
                    "Properties": {
                        "Name": "templated",
                        "PipelineType": "V2",
                        "RoleArn": role,
                        "ArtifactStore": {"Type": "S3", "Location": "codepipeline-tests"},
                        "Stages": [{"Name": "Source", "Actions": [get]}, {"Name": "Gate", "Actions": [ok]}],
                    },
                },
            },
            "Outputs": {
                "Url": {"Value": {"Fn::GetAtt": "Repository.CloneUrlHttp"}},
                "Name": {"Value": {"Ref": "Pipeline"}},
                "Version": {"Value": {"Fn::GetAtt": "Pipeline.Version"}},
            },
        }

    def test_a_stack_makes_changes_and_removes_both(self, workshop: Workshop, role: str) -> None:
        client = workshop.client("cloudformation")

        def outputs() -> dict[str, str]:
            (found,) = client.describe_stacks(StackName="templated")["Stacks"]
            assert found["StackStatus"].endswith("_COMPLETE"), found
            return {row["OutputKey"]: row["OutputValue"] for row in found["Outputs"]}

        client.create_stack(StackName="templated", TemplateBody=json.dumps(self.template(role, "first")))
        client.get_waiter("stack_create_complete").wait(StackName="templated", WaiterConfig={"Delay": 1})
        made = outputs()
        assert (made["Name"], made["Version"]) == ("templated", "1")
        assert made["Url"] == f"{workshop.embedded.url}/v1/repos/templated"
        configuration = self.gate(workshop)
        assert configuration == {"CustomData": "first"}
        client.update_stack(StackName="templated", TemplateBody=json.dumps(self.template(role, "second")))
        client.get_waiter("stack_update_complete").wait(StackName="templated", WaiterConfig={"Delay": 1})
        assert self.gate(workshop) == {"CustomData": "second"}
        assert outputs()["Version"] == "2"
        client.delete_stack(StackName="templated")
        client.get_waiter("stack_delete_complete").wait(StackName="templated", WaiterConfig={"Delay": 1})
        with pytest.raises(ClientError, match="PipelineNotFoundException"):
            self.gate(workshop)
        with pytest.raises(ClientError, match="RepositoryDoesNotExistException"):
            workshop.client("codecommit").get_repository(repositoryName="templated")

    def gate(self, workshop: Workshop) -> Any:
        found = workshop.client("codepipeline").get_pipeline(name="templated")["pipeline"]
        return found["stages"][1]["actions"][0]["configuration"]


@pytest.mark.e2e
def test_after_a_restart_approvals_go_on_and_builds_have_failed(tmp_path: Any) -> None:
    from tests.local.conftest import start

    state = tmp_path / "state"
    embedded = start(state)
    try:
        workshop = Workshop(embedded)
        bucket = workshop.bucket("restarted")
        everything: tuple[list[str], str] = (["s3:*", "codecommit:*", "codebuild:*", "logs:*"], "*")
        role = workshop.role("restarted", "codepipeline.amazonaws.com", everything)
        build_role = workshop.role("restarted-build", "codebuild.amazonaws.com", everything)
        workshop.repository("restarted", **{"buildspec.yml": "version: 0.2\nphases: {build: {commands: ['sleep 60']}}"})
        workshop.project("restarted", build_role, source={"type": "CODEPIPELINE"}, artifacts={"type": "CODEPIPELINE"})
        waiting, building = Line(workshop, "restarted-gate"), Line(workshop, "restarted-build")
        gate = stage("Gate", action("Approval Manual", "Ok"))
        build = stage("Build", action("Build CodeBuild", "Make", "src", ProjectName="restarted"))
        for line, second in ((waiting, gate), (building, build)):
            declared = pipeline(line.name, role, source("restarted"), second, bucket=bucket)
            line.client.create_pipeline(pipeline=declared)
        token = waiting.token()
        builds = workshop.client("codebuild")
        (identifier,) = until(lambda: builds.list_builds_for_project(projectName="restarted")["ids"])
        until(lambda: builds.batch_get_builds(ids=[identifier])["builds"][0]["currentPhase"] == "BUILD")
        assert embedded.stop() == 0

        workshop.embedded = embedded = start(state, int(embedded.url.rpartition(":")[2]))
        (row,) = building.client.list_pipeline_executions(pipelineName=building.name)["pipelineExecutionSummaries"]
        ended = building.ended(row["pipelineExecutionId"])
        assert (ended["status"], "restarted" in ended["statusSummary"]) == ("Failed", True)
        assert workshop.built(identifier)["buildStatus"] == "FAULT"
        (row,) = waiting.client.list_pipeline_executions(pipelineName=waiting.name)["pipelineExecutionSummaries"]
        assert row["status"] == "InProgress"
        assert waiting.token() == token
        waiting.decide("Approved", token)
        assert waiting.ended(row["pipelineExecutionId"])["status"] == "Succeeded"
        assert workshop.client("codecommit").list_branches(repositoryName="restarted")["branches"] == ["main"]
    finally:
        embedded.stop()
