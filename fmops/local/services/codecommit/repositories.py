"""Repositories and branches: the resource type, its API, and the events of every reference that moves."""

import io
import re
import shutil
import threading
import uuid
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from botocore.exceptions import ClientError

from fmops.local import authz, events, identity, persistence, store
from fmops.local.context import account, caller, now, region, state_folder
from fmops.local.registry import RESOURCES, AwsError, Model, Params, lifecycle, operation, table
from fmops.local.services.codecommit.git import Git, GitError

TYPE = "AWS::CodeCommit::Repository"
CREATED, MODIFIED = "codecommit.created", "codecommit.modified"
NAME = re.compile(r"(?!.*\.git$)[\w.-]{1,100}", re.ASCII)
MOVED: list[Callable[[str, str], None]] = []
"""Called with repository name and branch after a branch moved: what polls for changes on AWS."""
_locks: dict[Path, threading.RLock] = {}


def arn(name: str) -> str:
    """A repository's ARN in the current account and region."""
    return f"arn:aws:codecommit:{region()}:{account()}:{name}"


def find(name: str) -> tuple[Model, Git]:
    """A repository by name. Raises RepositoryDoesNotExistException."""
    if (model := store.find(TYPE, RepositoryName=name)) is None:
        raise AwsError("RepositoryDoesNotExistException", f"{name} does not exist")
    return model, _git(model)


def _git(model: Model) -> Git:
    return Git(state_folder() / "codecommit" / f"{model['RepositoryId']}.git")


@contextmanager
def writing(model: Model) -> Iterator[Git]:
    """Exclusive use of a repository; references that moved meanwhile are announced on the event bus."""
    git = _git(model)
    with _locks.setdefault(git.path, threading.RLock()):
        before = git.references()
        yield git
        after = git.references()
        if before == after:
            return
        if git.default_branch() is None and (branches := git.branches()):
            git.run("symbolic-ref", "HEAD", f"refs/heads/{next(iter(branches))}")
        table(MODIFIED)[model["RepositoryId"]] = now()
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            _announce(model, name, before.get(name), after.get(name))


def _announce(model: Model, reference: str, old: str | None, new: str | None) -> None:
    kind, name = reference.removeprefix("refs/").split("/", 1)
    detail = {
        "event": "referenceDeleted" if new is None else "referenceUpdated" if old else "referenceCreated",
        "repositoryName": model["RepositoryName"],
        "repositoryId": model["RepositoryId"],
        "referenceType": "branch" if kind == "heads" else "tag",
        "referenceName": name,
        "referenceFullName": reference,
        "callerUserArn": caller(),
        **({"commitId": new} if new else {}),
        **({"oldCommitId": old} if old else {}),
    }
    events.emit("aws.codecommit", "CodeCommit Repository State Change", detail, [model["Arn"]])
    if kind == "heads" and new:
        for told in MOVED:
            told(model["RepositoryName"], name)


def _check_name(name: str) -> None:
    if not NAME.fullmatch(name):
        raise AwsError("InvalidRepositoryNameException", f"{name!r} is not a repository name: letters, digits, . _ -")
    if store.find(TYPE, RepositoryName=name):
        raise AwsError("RepositoryNameExistsException", f"Repository named {name} already exists")


@lifecycle(TYPE)
def repository(model: Model | None, previous: Model | None) -> None:
    """The bare repository lives and dies with the resource; `Code` becomes the first commit."""
    if model is None:
        assert previous is not None  # noqa: S101 - one of both is there
        shutil.rmtree(_git(previous).path, ignore_errors=True)
        _locks.pop(_git(previous).path, None)
        return
    name = model["RepositoryName"]
    if previous is None or previous["RepositoryName"] != name:
        _check_name(name)
    model["RepositoryId"] = previous["RepositoryId"] if previous else str(uuid.uuid4())
    model["Name"], model["Arn"] = name, arn(name)
    model["CloneUrlHttp"] = f"{identity.ENDPOINT}/v1/repos/{name}"
    model["CloneUrlSsh"] = f"ssh://git-codecommit.{region()}.amazonaws.com/v1/repos/{name}"
    if previous is None:
        table(CREATED)[model["RepositoryId"]] = now()
        _git(model).create()
        if code := model.get("Code"):
            try:
                _seed(model, code)
            except (ClientError, zipfile.BadZipFile) as error:
                shutil.rmtree(_git(model).path)
                raise AwsError("InvalidInput", f"Code of repository {name} cannot be read: {error}") from error


def _seed(model: Model, code: Model) -> None:
    place = code["S3"]
    version = {"VersionId": place["ObjectVersion"]} if "ObjectVersion" in place else {}
    s3 = identity.client("s3", account(), region())
    body = s3.get_object(Bucket=place["Bucket"], Key=place["Key"], **version)["Body"].read()
    with zipfile.ZipFile(io.BytesIO(body)) as archive, writing(model) as git:
        files = [info for info in archive.infolist() if not info.is_dir()]
        blobs = git.write_blobs(archive.read(info) for info in files)
        modes = ["100755" if info.external_attr >> 16 & 0o111 else "100644" for info in files]
        changes = {info.filename: (mode, blob) for info, mode, blob in zip(files, modes, blobs, strict=True)}
        commit = git.write_commit(
            None, changes, "Initial commit", ("AWS CodeCommit", "noreply-awscodecommit@amazon.com")
        )
        git.run("update-ref", f"refs/heads/{code.get('BranchName', 'main')}", commit)


def metadata(model: Model) -> Params:
    """`repositoryMetadata` of the API."""
    created: datetime = table(CREATED).get(model["RepositoryId"]) or now()
    branch = _git(model).default_branch()
    described = model.get("RepositoryDescription")
    return {
        "accountId": account(),
        "repositoryId": model["RepositoryId"],
        "repositoryName": model["RepositoryName"],
        **({"repositoryDescription": described} if described else {}),
        **({"defaultBranch": branch} if branch else {}),
        "creationDate": created,
        "lastModifiedDate": table(MODIFIED).get(model["RepositoryId"], created),
        "cloneUrlHttp": model["CloneUrlHttp"],
        "cloneUrlSsh": model["CloneUrlSsh"],
        "Arn": model["Arn"],
        "kmsKeyId": model.get("KmsKeyId") or f"arn:aws:kms:{region()}:{account()}:alias/aws/codecommit",
    }


@operation("codecommit", "CreateRepository")
def create_repository(params: Params) -> Params:
    wanted = {
        "RepositoryName": params["repositoryName"],
        "RepositoryDescription": params.get("repositoryDescription"),
        "KmsKeyId": params.get("kmsKeyId"),
        "Tags": [{"Key": key, "Value": value} for key, value in params.get("tags", {}).items()] or None,
    }
    _check_name(params["repositoryName"])
    model = store.create(TYPE, {name: value for name, value in wanted.items() if value is not None})
    return {"repositoryMetadata": metadata(model)}


@operation("codecommit", "GetRepository")
def get_repository(params: Params) -> Params:
    return {"repositoryMetadata": metadata(find(params["repositoryName"])[0])}


@operation("codecommit", "ListRepositories")
def list_repositories(params: Params) -> Params:
    modified = table(MODIFIED)
    created = table(CREATED)

    def order(model: Model) -> object:
        identifier = model["RepositoryId"]
        by_date = params.get("sortBy") == "lastModifiedDate"
        return modified.get(identifier) or created[identifier] if by_date else model["RepositoryName"]

    models = sorted(store.list_(TYPE), key=order, reverse=params.get("order") == "descending")  # type: ignore[arg-type]
    return {
        "repositories": [{"repositoryName": m["RepositoryName"], "repositoryId": m["RepositoryId"]} for m in models]
    }


@operation("codecommit", "DeleteRepository")
def delete_repository(params: Params) -> Params:
    model = store.find(TYPE, RepositoryName=params["repositoryName"])
    if model is None:  # AWS answers without an id when there is nothing to delete
        return {}
    store.delete(TYPE, model["RepositoryId"])
    persistence.request_save()  # its folder is gone: a killed server must not come back with the record of it
    return {"repositoryId": model["RepositoryId"]}


def branch_tip(git: Git, name: str) -> str:
    """A branch's commit. Raises BranchDoesNotExistException."""
    if (tip := git.branches().get(name)) is None:
        raise AwsError("BranchDoesNotExistException", f"Branch {name} does not exist")
    return tip


@operation("codecommit", "GetBranch")
def get_branch(params: Params) -> Params:
    name = params["branchName"]
    return {"branch": {"branchName": name, "commitId": branch_tip(find(params["repositoryName"])[1], name)}}


@operation("codecommit", "ListBranches")
def list_branches(params: Params) -> Params:
    return {"branches": sorted(find(params["repositoryName"])[1].branches())}


@operation("codecommit", "CreateBranch")
def create_branch(params: Params) -> Params:
    model, _ = find(params["repositoryName"])
    name = params["branchName"]
    with writing(model) as git:
        if name in git.branches():
            raise AwsError("BranchNameExistsException", f"A branch with the name {name} already exists.")
        if git.line("cat-file", "-t", params["commitId"]) != "commit":
            raise AwsError("CommitDoesNotExistException", f"Commit {params['commitId']} does not exist")
        try:
            git.run("update-ref", f"refs/heads/{name}", params["commitId"])
        except GitError as error:
            raise AwsError("InvalidBranchNameException", f"{name!r} is not a valid branch name") from error
    return {}


@operation("codecommit", "DeleteBranch")
def delete_branch(params: Params) -> Params:
    model, _ = find(params["repositoryName"])
    name = params["branchName"]
    with writing(model) as git:
        if (tip := git.branches().get(name)) is None:
            return {}
        if name == git.default_branch():
            raise AwsError("DefaultBranchCannotBeDeletedException", f"The default branch {name} cannot be deleted.")
        git.run("update-ref", "-d", f"refs/heads/{name}", tip)
    return {"deletedBranch": {"branchName": name, "commitId": tip}}


@operation("codecommit", "UpdateDefaultBranch")
def update_default_branch(params: Params) -> Params:
    _, git = find(params["repositoryName"])
    branch_tip(git, params["defaultBranchName"])
    git.run("symbolic-ref", "HEAD", f"refs/heads/{params['defaultBranchName']}")
    return {}


def _references(_operation: str, members: Model) -> Model:
    """codecommit:References: the branch that a call changes."""
    return {"codecommit:references": f"refs/heads/{members['branchName']}"} if "branchName" in members else {}


authz.CONTEXT["codecommit"] = _references


def _acted_on(params: Params, account_id: str, region_name: str) -> str:
    return f"arn:aws:codecommit:{region_name}:{account_id}:{params['repositoryName']}"


RESOURCES.update(
    {
        ("codecommit", name): _acted_on
        for name in (
            *("CreateRepository", "GetRepository", "DeleteRepository", "GetBranch", "ListBranches", "CreateBranch"),
            *("DeleteBranch", "UpdateDefaultBranch", "CreateCommit", "PutFile", "DeleteFile", "GetFile", "GetFolder"),
            *("GetCommit", "GetBlob", "GetDifferences"),
        )
    }
)
