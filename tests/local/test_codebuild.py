"""CodeBuild: buildspecs, a build's shell, and whole builds with their roles' permissions."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from fmops.local.services.codebuild import buildspec, storage
from fmops.local.services.codebuild.shell import Shell
from tests.local.workshop import ENVIRONMENT, LOGS, Workshop, arn, until

LAMBDA_ONLY = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}


class TestBuildspec:
    def test_everything_it_may_say(self) -> None:
        spec = buildspec.parse(
            """
            version: 0.2
            env:
              variables: {PLAIN: 1}
              parameter-store: {PARAMETER: /a/b}
              secrets-manager: {SECRET: name:key}
              exported-variables: [PLAIN]
            phases:
              install: {commands: echo one}
              build: {on-failure: ABORT, commands: [echo two, echo three], finally: [echo four]}
            artifacts:
              files: ['**/*']
              base-directory: out
              discard-paths: yes
              secondary-artifacts:
                report: {files: [r.html], name: r}
            """
        )
        assert spec.phases["install"].commands == ("echo one",)
        assert spec.phases["build"] == buildspec.Phase(("echo two", "echo three"), ("echo four",), "ABORT")
        assert (spec.variables, spec.parameter_store) == ({"PLAIN": "1"}, {"PARAMETER": "/a/b"})
        assert spec.artifacts == buildspec.Artifacts(("**/*",), "out", discard_paths=True)
        assert spec.secondary_artifacts["report"].files == ("r.html",)

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("version: [", "wrong YAML"),
            ("just text", "a mapping"),
            ("version: 9.9\nphases: {}", "invalid buildspec version 9.9"),
            ("version: 0.2\nphases: {deploy: {commands: [x]}}", "unknown phase 'deploy'"),
            ("version: 0.2\nphases: {build: {commands: [echo a: b]}}", "quote a command"),
            ("version: 0.2\nphases: {build: {on-failure: SHRUG, commands: [x]}}", "ABORT or CONTINUE"),
        ],
    )
    def test_what_is_wrong_is_named(self, text: str, says: str) -> None:
        with pytest.raises(buildspec.BuildspecError, match=says):
            buildspec.parse(text)


class TestShell:
    def run(self, shell: Shell, *commands: str, timeout: float = 20, **kwargs: Any) -> tuple[int, str, list[str]]:
        lines: list[str] = []
        result, last = shell.run(commands, succeeding=True, sink=lines.append, timeout=timeout, **kwargs)
        return result.returncode, last, [line for line in lines if not line.startswith("[Container]")]

    @pytest.fixture
    def shell(self, tmp_path: Path) -> Shell:
        (tmp_path / "src").mkdir()
        return Shell(tmp_path / "state", tmp_path / "src", {"PATH": "/usr/bin:/bin", "GIVEN": "yes"})

    def test_phases_share_variables_functions_and_the_folder(self, shell: Shell) -> None:
        assert self.run(shell, "mkdir sub; cd sub", "PLAIN='a  \"b'", "export SENT=x", "hello() { echo hi; }")[0] == 0
        code, _, lines = self.run(shell, 'echo "$PLAIN $SENT $GIVEN"', "basename $PWD", "hello")
        assert (code, lines) == (0, ['a  "b x yes', "sub", "hi"])
        assert shell.variables()["SENT"] == "x"
        assert "PLAIN" not in shell.variables()

    def test_the_first_failure_ends_the_phase_and_is_named(self, shell: Shell) -> None:
        code, command, lines = self.run(shell, "export BEFORE=1", "(exit 7)", "echo never")
        assert (code, command, lines) == (7, "(exit 7)", [])
        assert shell.variables()["BEFORE"] == "1"
        assert self.run(shell, "exit 3")[0] == 3

    def test_a_command_that_lasts_too_long_is_killed(self, tmp_path: Path) -> None:
        (tmp_path / "src").mkdir()
        shell = Shell(tmp_path / "state", tmp_path / "src", {"PATH": "/usr/bin:/bin"})
        result, _ = shell.run(["sleep 60 & sleep 60"], succeeding=True, sink=lambda _: None, timeout=0.3)
        assert result.timed_out


def test_artifacts_select_files(tmp_path: Path) -> None:
    for name in ("a.txt", "d/b.txt", "d/e/c.txt", "d/e/c.log"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)

    def names(*files: str, **members: Any) -> list[str]:
        return sorted(storage.select(tmp_path, buildspec.Artifacts(files, **members)))

    assert names("**/*") == ["a.txt", "d/b.txt", "d/e/c.log", "d/e/c.txt"]
    assert names("*.txt") == ["a.txt"]
    assert names("d/**/*", exclude_paths=("**/*.log",)) == ["d/b.txt", "d/e/c.txt"]
    assert names("**/*.txt", base_directory="d") == ["b.txt", "e/c.txt"]
    assert names("d/e/c.log", discard_paths=True) == ["c.log"]
    assert names("no-such") == []


@pytest.fixture(scope="module")
def workshop(embedded: Any) -> Workshop:
    return Workshop(embedded)


@pytest.fixture(scope="module")
def bucket(workshop: Workshop) -> str:
    return workshop.bucket("codebuild-tests")


@pytest.fixture(scope="module")
def role(workshop: Workshop, bucket: str) -> str:
    objects = (["s3:GetObject", "s3:PutObject"], f"arn:aws:s3:::{bucket}/*")
    reads = (["ssm:GetParameters", "secretsmanager:GetSecretValue", "codecommit:GitPull"], "*")
    return workshop.role("codebuild-tests", "codebuild.amazonaws.com", LOGS, objects, reads)


def inline(spec: str) -> dict[str, str]:
    """A source that is a buildspec only."""
    return {"type": "NO_SOURCE", "buildspec": spec}


def contexts(build: Any) -> dict[str, str]:
    """Phase -> status and message of what went wrong there."""
    found = {phase["phaseType"]: phase.get("contexts", [{}])[0] for phase in build["phases"]}
    return {name: f"{c['statusCode']}: {c['message']}" for name, c in found.items() if c.get("statusCode")}


@pytest.mark.e2e
class TestProjects:
    def test_what_is_asked_comes_back(self, workshop: Workshop, role: str) -> None:
        client = workshop.client("codebuild")
        asked: dict[str, Any] = {
            "name": "asked",
            "description": "d",
            "serviceRole": role,
            "source": inline("version: 0.2\n"),
            "artifacts": {"type": "NO_ARTIFACTS"},
            "environment": {
                **ENVIRONMENT,
                "privilegedMode": False,
                "environmentVariables": [{"name": "A", "value": "/p", "type": "PARAMETER_STORE"}],
            },
            "vpcConfig": {"vpcId": "vpc-1", "subnets": ["subnet-1"], "securityGroupIds": ["sg-1"]},
            "logsConfig": {"cloudWatchLogs": {"status": "ENABLED", "groupName": "/g", "streamName": "s"}},
            "cache": {"type": "LOCAL", "modes": ["LOCAL_SOURCE_CACHE"]},
            "encryptionKey": "arn:aws:kms:eu-west-1:000000000012:key/k",
            "timeoutInMinutes": 15,
            "tags": [{"key": "team", "value": "ml"}],
        }
        client.create_project(**asked)
        found = client.batch_get_projects(names=["asked", "no-such"])
        assert {name: found["projects"][0][name] for name in asked} == asked
        assert found["projects"][0]["arn"] == arn("codebuild", "project/asked")
        assert found["projectsNotFound"] == ["no-such"]
        with pytest.raises(client.exceptions.ResourceAlreadyExistsException):
            client.create_project(**asked)
        client.update_project(name="asked", description="e")
        changed = client.batch_get_projects(names=["asked"])["projects"][0]
        assert (changed["description"], changed["vpcConfig"]) == ("e", asked["vpcConfig"])
        assert "asked" in client.list_projects()["projects"]
        client.delete_project(name="asked")
        assert client.batch_get_projects(names=["asked"])["projects"] == []
        with pytest.raises(client.exceptions.ResourceNotFoundException):
            client.start_build(projectName="asked")


@pytest.mark.e2e
class TestBuilds:
    def test_a_build_runs_its_buildspec_and_keeps_what_it_made(
        self, workshop: Workshop, role: str, bucket: str
    ) -> None:
        workshop.client("ssm").put_parameter(Name="/build/greeting", Value="hello", Type="String")
        workshop.client("secretsmanager").create_secret(Name="build/secret", SecretString=json.dumps({"user": "ana"}))
        spec = """
            version: 0.2
            env:
              parameter-store: {GREETING: /build/greeting}
              secrets-manager: {WHO: "build/secret:user"}
              exported-variables: [RESULT]
            phases:
              install: {commands: ["python --version", "command -v pytest cdk"]}
              pre_build: {commands: ["mkdir out && cd out"]}
              build:
                commands:
                  - echo "$GREETING $WHO $OVERRIDDEN $CODEBUILD_BUILD_NUMBER" > result.txt
                  - export RESULT=$(cat result.txt)
            artifacts: {files: ['**/*'], base-directory: out}
            """
        artifacts = {"type": "S3", "location": bucket, "path": "made", "name": "out.zip", "packaging": "ZIP"}
        heard = workshop.heard("codebuild-events", {"source": ["aws.codebuild"], "detail": {"project-name": ["whole"]}})
        workshop.project("whole", role, source=inline(spec), artifacts=artifacts)
        override = [{"name": "OVERRIDDEN", "value": "by the call"}]
        started = workshop.client("codebuild").start_build(projectName="whole", environmentVariablesOverride=override)
        build = workshop.built(started["build"]["id"])
        assert build["buildStatus"] == "SUCCEEDED", contexts(build)
        assert [phase["phaseType"] for phase in build["phases"]] == [
            *("SUBMITTED", "QUEUED", "PROVISIONING", "DOWNLOAD_SOURCE", "INSTALL", "PRE_BUILD", "BUILD"),
            *("POST_BUILD", "UPLOAD_ARTIFACTS", "FINALIZING", "COMPLETED"),
        ]
        assert build["exportedEnvironmentVariables"] == [{"name": "RESULT", "value": "hello ana by the call 1"}]
        body = workshop.client("s3").get_object(Bucket=bucket, Key="made/out.zip")["Body"].read()
        assert zipfile.ZipFile(io.BytesIO(body)).read("result.txt") == b"hello ana by the call 1\n"
        assert build["artifacts"]["location"] == f"arn:aws:s3:::{bucket}/made/out.zip"
        assert any("Phase complete: BUILD State: SUCCEEDED" in line for line in workshop.log(build))
        assert workshop.client("codebuild").list_builds_for_project(projectName="whole")["ids"] == [build["id"]]
        states = until(lambda: len(heard()) == 2 and [event["detail"]["build-status"] for event in heard()])
        assert states == ["IN_PROGRESS", "SUCCEEDED"]
        assert not (workshop.embedded.state / "files" / "codebuild" / build["id"].split(":")[1]).exists()

    def test_a_failing_command_fails_the_build_and_is_named(self, workshop: Workshop, role: str) -> None:
        spec = """
            version: 0.2
            phases:
              build: {commands: ["echo before", "echo broken >&2; exit 4", "echo never"], finally: ["echo cleaned up"]}
              post_build: {commands: ["echo succeeding: $CODEBUILD_BUILD_SUCCEEDING"]}
            """
        workshop.project("failing", role, source=inline(spec.replace("succeeding: ", "succeeding=")))
        build = workshop.built(workshop.client("codebuild").start_build(projectName="failing")["build"]["id"])
        assert build["buildStatus"] == "FAILED"
        assert contexts(build) == {
            "BUILD": "COMMAND_EXECUTION_ERROR: Error while executing command: echo broken >&2; exit 4. "
            "Reason: exit status 4"
        }
        lines = workshop.log(build)
        assert {"before", "broken", "cleaned up", "succeeding=0"} <= set(lines)
        assert "never" not in lines

    @pytest.mark.parametrize(("phase", "rule", "runs_build"), [("install", "", False), ("install", "CONTINUE", True)])
    def test_on_failure_decides_what_follows(
        self, workshop: Workshop, role: str, phase: str, rule: str, runs_build: bool
    ) -> None:
        name = f"rule-{rule or 'none'}"
        on_failure = f"on-failure: {rule}, " if rule else ""
        spec = f"""
            version: 0.2
            phases:
              {phase}: {{{on_failure}commands: ["exit 1"]}}
              build: {{commands: ["echo built"]}}
            """
        workshop.project(name, role, source=inline(spec))
        build = workshop.built(workshop.client("codebuild").start_build(projectName=name)["build"]["id"])
        assert build["buildStatus"] == "FAILED"
        assert ("built" in workshop.log(build)) is runs_build

    def test_sources_from_codecommit_and_s3(self, workshop: Workshop, role: str, bucket: str) -> None:
        spec = "version: 0.2\nphases:\n  build:\n    commands: ['cat hello', './run', 'git log --format=%H || true']\n"
        workshop.repository("built", **{"hello": "from git\n", "buildspec.yml": spec, "run": "#!/bin/sh\necho ran\n"})
        client = workshop.client("codecommit")
        tip = client.get_branch(repositoryName="built", branchName="main")["branch"]["commitId"]
        mode = [{"filePath": "run", "fileMode": "EXECUTABLE"}]
        commit = client.create_commit(repositoryName="built", branchName="main", parentCommitId=tip, setFileModes=mode)
        location = "https://git-codecommit.eu-west-1.amazonaws.com/v1/repos/built"
        workshop.project("from-git", role, source={"type": "CODECOMMIT", "location": location})
        build = workshop.built(workshop.client("codebuild").start_build(projectName="from-git")["build"]["id"])
        assert build["resolvedSourceVersion"] == commit["commitId"]
        assert {"from git", "ran", commit["commitId"]} <= set(workshop.log(build))
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("hello", "from s3\n")
            archive.writestr("ci/spec.yml", "version: 0.2\nphases: {build: {commands: [cat hello]}}")
        workshop.client("s3").put_object(Bucket=bucket, Key="source.zip", Body=packed.getvalue())
        source = {"type": "S3", "location": f"{bucket}/source.zip", "buildspec": "ci/spec.yml"}
        workshop.project("from-s3", role, source=source)
        build = workshop.built(workshop.client("codebuild").start_build(projectName="from-s3")["build"]["id"])
        assert "from s3" in workshop.log(build), contexts(build)

    def test_what_the_role_may_not_do_fails_where_it_is_needed(self, workshop: Workshop, bucket: str) -> None:
        spec = "version: 0.2\nphases: {build: {commands: ['echo x > f']}}\nartifacts: {files: [f]}"
        artifacts = {"type": "S3", "location": bucket, "name": "denied.zip", "packaging": "ZIP"}
        plain = workshop.role("codebuild-plain", "codebuild.amazonaws.com", LOGS)
        silent = workshop.role("codebuild-silent", "codebuild.amazonaws.com")
        foreign = workshop.role("codebuild-foreign", "codebuild.amazonaws.com", LOGS)
        found = {}
        for name, role in (("plain", plain), ("silent", silent), ("foreign", foreign)):
            workshop.project(f"denied-{name}", role, source=inline(spec), artifacts=artifacts)
            if name == "foreign":  # the project is made while its role still trusts CodeBuild
                trust = json.dumps({"Version": "2012-10-17", "Statement": [LAMBDA_ONLY]})
                workshop.client("iam").update_assume_role_policy(RoleName="codebuild-foreign", PolicyDocument=trust)
            started = workshop.client("codebuild").start_build(projectName=f"denied-{name}")
            found[name] = contexts(workshop.built(started["build"]["id"]))
        assert (
            "s3:PutObject" in found["plain"]["UPLOAD_ARTIFACTS"] or "AccessDenied" in found["plain"]["UPLOAD_ARTIFACTS"]
        )
        assert "does not allow AWS CodeBuild to create Amazon CloudWatch Logs" in found["silent"]["SUBMITTED"]
        assert "sts:AssumeRole" in found["foreign"]["SUBMITTED"]

    @pytest.mark.parametrize(
        ("spec", "phase", "says"),
        [
            ("version: 0.2\nenv: {parameter-store: {A: /no/such}}\nphases: {}", "DOWNLOAD_SOURCE", "/no/such"),
            ("version: 0.2\nphases: {build: [1]}", "DOWNLOAD_SOURCE", "YAML_FILE_ERROR"),
        ],
    )
    def test_a_wrong_buildspec_is_explained(
        self, workshop: Workshop, role: str, spec: str, phase: str, says: str
    ) -> None:
        client = workshop.client("codebuild")
        name = f"wrong-{abs(hash(spec))}"
        workshop.project(name, role, source=inline(spec))
        build = workshop.built(client.start_build(projectName=name)["build"]["id"])
        assert (build["buildStatus"], says in contexts(build)[phase]) == ("FAILED", True), contexts(build)

    def test_stop_ends_the_process(self, workshop: Workshop, role: str, tmp_path: Path) -> None:
        client, alive = workshop.client("codebuild"), tmp_path / "alive"
        spec = f"version: 0.2\nphases: {{build: {{commands: ['touch {alive}; sleep 60; rm {alive}']}}}}"
        workshop.project("stopped", role, source=inline(spec))
        identifier = client.start_build(projectName="stopped")["build"]["id"]
        until(alive.exists)
        client.stop_build(id=identifier)
        assert workshop.built(identifier)["buildStatus"] == "STOPPED"
        with pytest.raises(ClientError) as caught:
            client.stop_build(id="stopped:no-such")
        assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"

    def test_the_same_token_is_the_same_build(self, workshop: Workshop, role: str) -> None:
        client = workshop.client("codebuild")
        workshop.project("tokens", role, source=inline("version: 0.2\nphases: {}"))
        first, second, third = (
            client.start_build(projectName="tokens", idempotencyToken=token)["build"]["id"] for token in ("a", "a", "b")
        )
        assert (first == second, first == third) == (True, False)
        workshop.built(first)
        workshop.built(third)


@pytest.mark.e2e
def test_a_stack_makes_changes_and_removes_a_project(workshop: Workshop, role: str) -> None:
    client, builds = workshop.client("cloudformation"), workshop.client("codebuild")

    def template(value: str) -> str:
        properties = {
            "Name": "templated",
            "ServiceRole": role,
            "Source": {"Type": "NO_SOURCE", "BuildSpec": "version: 0.2\nphases: {build: {commands: ['echo $A']}}"},
            "Artifacts": {"Type": "NO_ARTIFACTS"},
            "Environment": {
                "Type": "LINUX_CONTAINER",
                "Image": "aws/codebuild/standard:7.0",
                "ComputeType": "BUILD_GENERAL1_SMALL",
                "EnvironmentVariables": [{"Name": "A", "Value": value}],
            },
            "VpcConfig": {"VpcId": "vpc-1", "Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]},
            "LogsConfig": {"CloudWatchLogs": {"Status": "ENABLED", "GroupName": "/templated"}},
            "EncryptionKey": "arn:aws:kms:eu-west-1:000000000012:key/k",
            "TimeoutInMinutes": 15,
        }
        resource = {"Type": "AWS::CodeBuild::Project", "Properties": properties}
        outputs = {"Name": {"Value": {"Ref": "Project"}}, "Arn": {"Value": {"Fn::GetAtt": "Project.Arn"}}}
        return json.dumps({"Resources": {"Project": resource}, "Outputs": outputs})

    client.create_stack(StackName="built", TemplateBody=template("first"))
    client.get_waiter("stack_create_complete").wait(StackName="built", WaiterConfig={"Delay": 1})
    outputs = {
        row["OutputKey"]: row["OutputValue"]
        for row in client.describe_stacks(StackName="built")["Stacks"][0]["Outputs"]
    }
    assert outputs == {"Name": "templated", "Arn": arn("codebuild", "project/templated")}
    (found,) = builds.batch_get_projects(names=["templated"])["projects"]
    assert found["vpcConfig"] == {"vpcId": "vpc-1", "subnets": ["subnet-1"], "securityGroupIds": ["sg-1"]}
    assert found["logsConfig"]["cloudWatchLogs"] == {"status": "ENABLED", "groupName": "/templated"}
    assert (found["encryptionKey"][-5:], found["timeoutInMinutes"]) == ("key/k", 15)
    assert found["environment"]["environmentVariables"][0]["value"] == "first"
    client.update_stack(StackName="built", TemplateBody=template("second"))
    client.get_waiter("stack_update_complete").wait(StackName="built", WaiterConfig={"Delay": 1})
    build = workshop.built(builds.start_build(projectName="templated")["build"]["id"])
    assert "second" in workshop.log(build)
    client.delete_stack(StackName="built")
    client.get_waiter("stack_delete_complete").wait(StackName="built", WaiterConfig={"Delay": 1})
    assert builds.batch_get_projects(names=["templated"])["projectsNotFound"] == ["templated"]
