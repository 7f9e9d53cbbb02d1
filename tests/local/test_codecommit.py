"""CodeCommit: commits through the API, clone and push through git, events, IAM."""

import io
import json
import os
import subprocess
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from botocore.exceptions import ClientError

from fmops.local.services.codecommit.git import Git
from tests.local.workshop import ACCOUNT, Workshop, arn, until


def test_git_writes_and_reads_commits(tmp_path: Path) -> None:
    git = Git(tmp_path / "r.git")
    git.create()
    assert git.default_branch() is None
    blobs = git.write_blobs([b"one\n", b"two\n"])
    files = {"a/x": ("100644", blobs[0]), "b": ("100755", blobs[1])}
    first = git.write_commit(None, files, "First\n\nwith a body", ("Ana", "ana@example.com"))
    git.run("update-ref", "refs/heads/main", first)
    second = git.write_commit(first, {"a/x": None}, "Second", ("Bo", ""))
    assert (git.default_branch(), git.resolve("main"), git.resolve("no-such")) == ("main", first, None)
    assert git.commit(first).message == "First\n\nwith a body"
    assert git.commit(second).parents == (first,)
    assert git.commit(second).author[:2] == ("Bo", "")
    assert [entry.path for entry in git.entries(first, recursive=True)] == ["a/x", "b"]
    assert [entry.path for entry in git.entries(second, recursive=True)] == ["b"]
    assert zipfile.ZipFile(io.BytesIO(git.archive(first))).read("a/x") == b"one\n"


@pytest.fixture(scope="module")
def workshop(embedded: Any) -> Workshop:
    return Workshop(embedded)


@pytest.mark.e2e
class TestApi:
    def test_a_repository_from_first_to_last(self, workshop: Workshop) -> None:
        client = workshop.client("codecommit")
        made = client.create_repository(repositoryName="whole", repositoryDescription="d", tags={"team": "ml"})
        assert made["repositoryMetadata"]["Arn"] == arn("codecommit", "whole")
        assert "defaultBranch" not in made["repositoryMetadata"]
        with pytest.raises(client.exceptions.RepositoryNameExistsException):
            client.create_repository(repositoryName="whole")
        with pytest.raises(client.exceptions.InvalidRepositoryNameException):
            client.create_repository(repositoryName="ends.git")
        assert "whole" in [row["repositoryName"] for row in client.list_repositories()["repositories"]]
        workshop.commit("whole", **{"a": "1"})
        assert client.get_repository(repositoryName="whole")["repositoryMetadata"]["defaultBranch"] == "main"
        folder = workshop.embedded.state / "files" / "codecommit"
        identifier = client.delete_repository(repositoryName="whole")["repositoryId"]
        assert not (folder / f"{identifier}.git").exists()
        with pytest.raises(client.exceptions.RepositoryDoesNotExistException):
            client.get_repository(repositoryName="whole")
        assert "repositoryId" not in client.delete_repository(repositoryName="whole")

    def test_a_commit_adds_updates_moves_and_deletes(self, workshop: Workshop) -> None:
        client = workshop.client("codecommit")
        first = workshop.repository("edits", **{"keep": "k", "old/name": "n", "gone/last": "g", "run": "#!"})
        made = client.create_commit(
            repositoryName="edits",
            branchName="main",
            parentCommitId=first,
            authorName="Ana",
            email="ana@example.com",
            commitMessage="Reorder",
            keepEmptyFolders=True,
            putFiles=[
                {"filePath": "keep", "fileContent": b"changed"},
                {"filePath": "new/name", "sourceFile": {"filePath": "old/name", "isMove": True}},
            ],
            deleteFiles=[{"filePath": "gone/last"}],
            setFileModes=[{"filePath": "run", "fileMode": "EXECUTABLE"}],
        )
        added = {row["absolutePath"] for row in made["filesAdded"]}
        assert added == {"new/name", "gone/.gitkeep", "old/.gitkeep"}
        assert {row["absolutePath"] for row in made["filesUpdated"]} == {"keep", "run"}
        assert {row["absolutePath"] for row in made["filesDeleted"]} == {"gone/last", "old/name"}
        found = client.get_file(repositoryName="edits", filePath="new/name", commitSpecifier="main")
        assert (found["fileContent"], found["commitId"]) == (b"n", made["commitId"])
        assert client.get_file(repositoryName="edits", filePath="run")["fileMode"] == "EXECUTABLE"
        with pytest.raises(client.exceptions.FileDoesNotExistException):
            client.get_file(repositoryName="edits", filePath="old/name")
        commit = client.get_commit(repositoryName="edits", commitId=made["commitId"])["commit"]
        assert (commit["message"], commit["author"]["email"], commit["parents"]) == (
            "Reorder",
            "ana@example.com",
            [first],
        )
        root = client.get_folder(repositoryName="edits", folderPath="/")
        assert [row["absolutePath"] for row in root["subFolders"]] == ["gone", "new", "old"]
        changes = client.get_differences(
            repositoryName="edits", beforeCommitSpecifier=first, afterCommitSpecifier=made["commitId"]
        )["differences"]
        kinds = {(row.get("afterBlob") or row["beforeBlob"])["path"]: row["changeType"] for row in changes}
        assert (kinds["keep"], kinds["new/name"], kinds["gone/last"]) == ("M", "A", "D")

    @pytest.mark.parametrize(
        ("change", "error"),
        [
            ({}, "FileEntryRequiredException"),
            ({"putFiles": [{"filePath": "a", "fileContent": b"1"}]}, "NoChangeException"),
            ({"putFiles": [{"filePath": "f", "fileContent": b"1"}]}, "FileNameConflictsWithDirectoryNameException"),
            ({"putFiles": [{"filePath": "a/b", "fileContent": b"1"}]}, "DirectoryNameConflictsWithFileNameException"),
            ({"putFiles": [{"filePath": "../b", "fileContent": b"1"}]}, "InvalidPathException"),
            ({"putFiles": [{"filePath": "b"}]}, "SourceFileOrContentRequiredException"),
            ({"putFiles": [{"filePath": "b", "fileContent": b"1"}] * 2}, "SamePathRequestException"),
            ({"deleteFiles": [{"filePath": "b"}]}, "FileDoesNotExistException"),
            ({"deleteFiles": [{"filePath": str(n)} for n in range(101)]}, "MaximumFileEntriesExceededException"),
            (
                {"putFiles": [{"filePath": "b", "fileContent": b"x" * (6 * 2**20 + 1)}]},
                "FileContentSizeLimitExceededException",
            ),
            ({"parentCommitId": "0" * 40, "deleteFiles": [{"filePath": "a"}]}, "ParentCommitDoesNotExistException"),
            ({"parentCommitId": "main", "deleteFiles": [{"filePath": "a"}]}, "InvalidParentCommitIdException"),
            ({"branchName": "no-such", "deleteFiles": [{"filePath": "a"}]}, "BranchDoesNotExistException"),
        ],
    )
    def test_a_wrong_commit_is_refused(self, workshop: Workshop, change: Any, error: str) -> None:
        client = workshop.client("codecommit")
        if not any(r["repositoryName"] == "strict" for r in client.list_repositories()["repositories"]):
            workshop.repository("strict", **{"a": "1", "f/g": "2"})
        tip = client.get_branch(repositoryName="strict", branchName="main")["branch"]["commitId"]
        with pytest.raises(ClientError) as caught:
            client.create_commit(**{"repositoryName": "strict", "branchName": "main", "parentCommitId": tip, **change})
        assert caught.value.response["Error"]["Code"] == error
        assert client.get_branch(repositoryName="strict", branchName="main")["branch"]["commitId"] == tip

    def test_an_outdated_parent_is_refused(self, workshop: Workshop) -> None:
        client = workshop.client("codecommit")
        first = workshop.repository("raced", a="1")
        second = workshop.commit("raced", a="2")
        put = {"repositoryName": "raced", "branchName": "main", "filePath": "a", "fileContent": b"3"}
        with pytest.raises(client.exceptions.ParentCommitIdRequiredException):
            client.put_file(**put)
        with pytest.raises(client.exceptions.ParentCommitIdOutdatedException):
            client.put_file(**put, parentCommitId=first)
        third = client.put_file(**put, parentCommitId=second)["commitId"]
        with pytest.raises(client.exceptions.SameFileContentException):
            client.put_file(**put, parentCommitId=third)

    def test_branches(self, workshop: Workshop) -> None:
        client = workshop.client("codecommit")
        tip = workshop.repository("branchy", a="1")
        client.create_branch(repositoryName="branchy", branchName="next", commitId=tip)
        with pytest.raises(client.exceptions.BranchNameExistsException):
            client.create_branch(repositoryName="branchy", branchName="next", commitId=tip)
        assert client.list_branches(repositoryName="branchy")["branches"] == ["main", "next"]
        with pytest.raises(client.exceptions.DefaultBranchCannotBeDeletedException):
            client.delete_branch(repositoryName="branchy", branchName="main")
        client.update_default_branch(repositoryName="branchy", defaultBranchName="next")
        client.delete_branch(repositoryName="branchy", branchName="main")
        assert client.list_branches(repositoryName="branchy")["branches"] == ["next"]

    def test_references_that_move_are_announced(self, workshop: Workshop) -> None:
        heard = workshop.heard(
            "codecommit-events", {"source": ["aws.codecommit"], "resources": [arn("codecommit", "told")]}
        )
        first = workshop.repository("told", a="1")
        second = workshop.commit("told", a="2")
        created, updated = (event["detail"] for event in until(lambda: len(heard()) == 2 and heard()))
        assert (created["event"], created["referenceName"], created["commitId"]) == ("referenceCreated", "main", first)
        assert "oldCommitId" not in created
        assert (updated["event"], updated["commitId"], updated["oldCommitId"]) == ("referenceUpdated", second, first)
        assert updated["repositoryName"] == "told"
        assert heard()[0]["detail-type"] == "CodeCommit Repository State Change"


@pytest.mark.e2e
def test_a_repository_may_start_from_an_archive(workshop: Workshop) -> None:
    bucket, packed = workshop.bucket("codecommit-code"), io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("src/app.py", "print('hello')\n")
    workshop.client("s3").put_object(Bucket=bucket, Key="seed.zip", Body=packed.getvalue())
    control, client = workshop.client("cloudcontrol"), workshop.client("codecommit")

    def create(name: str, key: str) -> Any:
        wanted = {"RepositoryName": name, "Code": {"S3": {"Bucket": bucket, "Key": key}, "BranchName": "trunk"}}
        answer = control.create_resource(TypeName="AWS::CodeCommit::Repository", DesiredState=json.dumps(wanted))
        return answer["ProgressEvent"]

    assert create("archived", "seed.zip")["OperationStatus"] == "SUCCESS"
    assert client.get_repository(repositoryName="archived")["repositoryMetadata"]["defaultBranch"] == "trunk"
    assert client.get_file(repositoryName="archived", filePath="src/app.py")["fileContent"] == b"print('hello')\n"
    assert create("unarchived", "no-such.zip")["OperationStatus"] == "FAILED"
    with pytest.raises(client.exceptions.RepositoryDoesNotExistException):
        client.get_repository(repositoryName="unarchived")


def git(*args: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
    """git without anybody's settings or prompts."""
    env = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"}
    identity = ("-c", "user.name=Bo", "-c", "user.email=bo@example.com")
    return subprocess.run(["git", *identity, *args], cwd=cwd, env=env, capture_output=True, text=True, check=False)


@pytest.mark.e2e
class TestHttp:
    def url(self, workshop: Workshop, repository: str, user: str, password: str) -> str:
        host = workshop.embedded.url.removeprefix("http://")
        return f"http://{quote(user, safe='')}:{quote(password, safe='')}@{host}/v1/repos/{repository}"

    def test_clone_and_push(self, workshop: Workshop, tmp_path: Path) -> None:
        workshop.repository("cloned", **{"README.md": "hello\n"})
        heard = workshop.heard(
            "push-events", {"source": ["aws.codecommit"], "resources": [arn("codecommit", "cloned")]}
        )
        assert git("clone", self.url(workshop, "cloned", ACCOUNT, "test"), "work", cwd=tmp_path).returncode == 0
        work = tmp_path / "work"
        assert (work / "README.md").read_text() == "hello\n"
        (work / "big").write_bytes(os.urandom(3 * 2**20))  # larger than git's buffer: it is sent in chunks
        git("add", ".", cwd=work)
        git("commit", "-m", "From a laptop", cwd=work)
        pushed = git("push", "origin", "main", cwd=work)
        assert pushed.returncode == 0, pushed.stderr
        head = git("rev-parse", "HEAD", cwd=work).stdout.strip()
        branch = workshop.client("codecommit").get_branch(repositoryName="cloned", branchName="main")["branch"]
        assert branch["commitId"] == head
        assert until(heard)[0]["detail"]["commitId"] == head

    def test_git_needs_its_own_permissions(self, workshop: Workshop, tmp_path: Path) -> None:
        workshop.repository("guarded", a="1")
        resource = arn("codecommit", "guarded")
        for name, actions in (("git-reader", ["codecommit:GitPull"]), ("git-nobody", ["codecommit:GetBranch"])):
            workshop.role(name, f"arn:aws:iam::{ACCOUNT}:root", (actions, resource), principal="AWS")
        urls = {}
        for name in ("git-reader", "git-nobody"):
            taken = workshop.client("sts").assume_role(
                RoleArn=f"arn:aws:iam::{ACCOUNT}:role/fmops/{name}", RoleSessionName="laptop"
            )["Credentials"]
            user = f"{taken['AccessKeyId']}%{taken['SessionToken']}"
            urls[name] = self.url(workshop, "guarded", user, taken["SecretAccessKey"])
            wrong = self.url(workshop, "guarded", user, "not-the-secret")
        assert git("clone", urls["git-reader"], "read", cwd=tmp_path).returncode == 0
        assert "403" in git("clone", urls["git-nobody"], "none", cwd=tmp_path).stderr
        assert "Authentication failed" in git("clone", wrong, "wrong", cwd=tmp_path).stderr
        git("commit", "--allow-empty", "-m", "x", cwd=tmp_path / "read")
        assert "403" in git("push", cwd=tmp_path / "read").stderr

    def test_the_credential_helpers_signature_is_accepted(self, workshop: Workshop, tmp_path: Path) -> None:
        from fmops.local.services.codecommit import http

        workshop.repository("signed", a="1")
        role = (["codecommit:GitPull"], arn("codecommit", "signed"))
        made = workshop.role("git-signer", f"arn:aws:iam::{ACCOUNT}:root", role, principal="AWS")
        taken = workshop.client("sts").assume_role(RoleArn=made, RoleSessionName="helper")["Credentials"]
        host = workshop.embedded.url.removeprefix("http://")
        proof = http.signature(taken["SecretAccessKey"], "20261124T090000", host, "/v1/repos/signed", "eu-west-1")
        user = f"{taken['AccessKeyId']}%{taken['SessionToken']}"
        right = self.url(workshop, "signed", user, f"20261124T090000Z{proof}")
        wrong = self.url(workshop, "signed", user, f"20261124T090001Z{proof}")
        assert git("ls-remote", right, cwd=tmp_path).returncode == 0
        assert "Authentication failed" in git("ls-remote", wrong, cwd=tmp_path).stderr

    def test_an_unknown_repository_is_not_found(self, workshop: Workshop, tmp_path: Path) -> None:
        assert "not found" in git("ls-remote", self.url(workshop, "no-such", ACCOUNT, "test"), cwd=tmp_path).stderr
