"""What actions do, by provider, with the permissions of the pipeline's or the action's role."""

import json
import re
import secrets
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import boto3

from fmops.local import identity
from fmops.local.permission import require
from fmops.local.registry import Params
from fmops.local.services.codecommit import repositories

POLL = 0.3
_REFERENCE = re.compile(r"#\{([\w@-]+)\.([\w@.-]+)\}")


class ActionError(Exception):
    """An action has failed: `code` and message are what `errorDetails` shows."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass
class Job:
    """One action at work: its record and its execution's, both changed in place."""

    execution: Params
    action: Params
    session: boto3.Session

    @property
    def configuration(self) -> dict[str, str]:
        """With all variables resolved."""
        found: dict[str, str] = self.action["resolvedConfiguration"]
        return found

    def place(self, artifact: str) -> Params:
        """Where an output artifact goes, as CodePipeline names objects: 20 letters, 10 letters, a random name."""
        store = artifact_store(self.execution["pipeline"], self.action["region"])
        letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
        name = "".join(secrets.choice(letters) for _ in range(7))
        key = f"{self.execution['pipelineName'][:20]}/{artifact[:10]}/{name}"
        return {"name": artifact, "s3location": {"bucket": store["location"], "key": key}}

    def output(self, body: bytes) -> None:
        """Writes the action's output artifact."""
        for declared in self.action["declared"]["outputArtifacts"]:
            made = self.place(declared["name"])
            key = encryption_key(self.execution["pipeline"], self.action["region"])
            encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key} if key else {}
            where = made["s3location"]
            s3 = self.session.client("s3")
            s3.put_object(Bucket=where["bucket"], Key=where["key"], Body=body, **encryption)
            self.action["outputArtifacts"].append(made)

    def revision(self, identifier: str, summary: str, created: datetime, url: str = "") -> None:
        """Records what a source action has found."""
        for artifact in self.action["outputArtifacts"]:
            self.execution["artifactRevisions"].append(
                {
                    "name": artifact["name"],
                    "revisionId": identifier,
                    "revisionSummary": summary,
                    "created": created,
                    "revisionUrl": url,
                }
            )
        self.action["externalExecutionId"], self.action["summary"] = identifier, summary
        self.execution["sourceRevisions"][self.action["actionName"]] = identifier


def artifact_store(declared: Params, region: str) -> Params:
    """The artifact store of a region."""
    return dict(declared.get("artifactStores", {}).get(region) or declared["artifactStore"])


def encryption_key(declared: Params, region: str) -> str | None:
    """The artifact store's key, None for the account's default one."""
    found: str | None = artifact_store(declared, region).get("encryptionKey", {}).get("id")
    return found


def resolve(configuration: dict[str, str], namespaces: dict[str, dict[str, str]]) -> dict[str, str]:
    """Replaces `#{namespace.variable}`. Raises ActionError for a variable that nobody has set."""

    def value(match: re.Match[str]) -> str:
        namespace, name = match.groups()
        if name not in namespaces.get(namespace, {}):
            raise ActionError("ConfigurationError", f"The variable {match[0]} has no value: no earlier action sets it")
        return namespaces[namespace][name]

    return {name: _REFERENCE.sub(value, text) for name, text in configuration.items()}


def _moment(git_date: str) -> datetime:
    return datetime.fromtimestamp(int(git_date.split(" ")[0]), UTC)


def _iso(git_date: str) -> str:
    return f"{_moment(git_date):%Y-%m-%dT%H:%M:%SZ}"


def codecommit_source(job: Job) -> dict[str, str]:
    """The tip of a branch, or the commit that StartPipelineExecution names, as a ZIP archive."""
    name, branch = job.configuration["RepositoryName"], job.configuration["BranchName"]
    client = job.session.client("codecommit")
    pinned = job.execution["sourceOverrides"].get(job.action["actionName"])
    tip = client.get_branch(repositoryName=name, branchName=branch)["branch"]["commitId"]
    commit = client.get_commit(repositoryName=name, commitId=pinned or tip)["commit"]
    keys = job.session.get_credentials()
    require(keys.access_key if keys else "", "codecommit:UploadArchive", repositories.arn(name))
    _, git = repositories.find(name)
    job.output(git.archive(commit["commitId"]))
    message = commit["message"]
    job.revision(commit["commitId"], message, _moment(commit["committer"]["date"]))
    return {
        "RepositoryName": name,
        "BranchName": branch,
        "CommitId": commit["commitId"],
        "CommitMessage": message,
        "AuthorId": commit["author"]["name"],
        "AuthorDate": _iso(commit["author"]["date"]),
        "CommitterDate": _iso(commit["committer"]["date"]),
    }


def s3_source(job: Job) -> dict[str, str]:
    """An object of a versioned bucket."""
    bucket, key = job.configuration["S3Bucket"], job.configuration["S3ObjectKey"]
    pinned = job.execution["sourceOverrides"].get(job.action["actionName"])
    found = job.session.client("s3").get_object(Bucket=bucket, Key=key, **({"VersionId": pinned} if pinned else {}))
    version = found.get("VersionId")
    if not version:
        raise ActionError("ConfigurationError", f"Bucket {bucket} is not versioned: an S3 source needs versions")
    job.output(found["Body"].read())
    job.revision(version, f"Amazon S3 version id: {version}", found["LastModified"])
    return {"BucketName": bucket, "ObjectKey": key, "ETag": found["ETag"].strip('"'), "VersionId": version}


def codebuild(job: Job) -> dict[str, str]:
    """A build of a project; its exported variables become the action's output variables."""
    client = job.session.client("codebuild")
    build = client.start_build(projectName=job.configuration["ProjectName"], **_overrides(job))["build"]
    job.action["externalExecutionId"] = build["id"]
    job.action["logStreamARN"] = build["logs"].get("cloudWatchLogsArn")
    job.action["externalExecutionUrl"] = build["logs"].get("deepLink")
    while not build["buildComplete"]:
        if job.action["status"] != "InProgress":  # abandoned, or the pipeline is gone
            client.stop_build(id=build["id"])
            return {}
        time.sleep(POLL)
        build = client.batch_get_builds(ids=[build["id"]])["builds"][0]
    if build["buildStatus"] != "SUCCEEDED":
        raise ActionError("JobFailed", _failure(build))
    return {variable["name"]: variable["value"] for variable in build.get("exportedEnvironmentVariables", [])}


def _failure(build: Params) -> str:
    message = f"Build terminated with state: {build['buildStatus']}"
    failed = next((phase for phase in build["phases"] if phase.get("phaseStatus", "SUCCEEDED") != "SUCCEEDED"), None)
    contexts = (failed or {}).get("contexts") or [{}]
    if failed is None or not contexts[0].get("statusCode"):
        return message
    return (
        f"{message}. Phase: {failed['phaseType']}, Code: {contexts[0]['statusCode']}, Message: {contexts[0]['message']}"
    )


def _overrides(job: Job) -> Params:
    """StartBuild's members for the action's artifacts and variables."""
    action, store = job.action, artifact_store(job.execution["pipeline"], job.action["region"])
    inputs = {a["name"]: f"{a['s3location']['bucket']}/{a['s3location']['key']}" for a in action["inputArtifacts"]}
    primary = job.configuration.get("PrimarySource") or next(iter(inputs))
    if primary not in inputs:
        raise ActionError("ConfigurationError", f"PrimarySource {primary} is not an input artifact of the action")
    places = {declared["name"]: job.place(declared["name"]) for declared in action["declared"]["outputArtifacts"]}
    action["outputArtifacts"] = list(places.values())
    outputs = [
        {
            "type": "CODEPIPELINE",
            "packaging": "ZIP",
            "artifactIdentifier": name,
            "location": store["location"],
            "path": made["s3location"]["key"].rpartition("/")[0],
            "name": made["s3location"]["key"].rpartition("/")[2],
        }
        for name, made in places.items()
    ]
    overrides: Params = {
        "sourceLocationOverride": inputs.pop(primary),
        "artifactsOverride": outputs[0] if len(outputs) == 1 else {"type": "NO_ARTIFACTS"},
        "secondaryArtifactsOverride": outputs if len(outputs) > 1 else [],
        "secondarySourcesOverride": [
            {"type": "CODEPIPELINE", "location": where, "sourceIdentifier": name} for name, where in inputs.items()
        ],
        "environmentVariablesOverride": [
            {"type": "PLAINTEXT", **variable}
            for variable in json.loads(job.configuration.get("EnvironmentVariables") or "[]")
        ],
    }
    if key := encryption_key(job.execution["pipeline"], action["region"]):
        overrides["encryptionKeyOverride"] = key
    return overrides


def manual_approval(job: Job) -> None:
    """Waits for PutApprovalResult with the token made here; tells a topic's subscribers, if the action names one."""
    job.action["token"] = str(uuid.uuid4())
    topic = job.configuration.get("NotificationArn")
    if topic:
        where = f"{job.action['stageName']}/{job.action['actionName']}"
        approval = {
            "pipelineName": job.execution["pipelineName"],
            "stageName": job.action["stageName"],
            "actionName": job.action["actionName"],
            "token": job.action["token"],
            "customData": job.configuration.get("CustomData"),
            "externalEntityLink": job.configuration.get("ExternalEntityLink"),
        }
        message = json.dumps({"region": job.action["region"], "consoleLink": identity.ENDPOINT, "approval": approval})
        subject = f"APPROVAL NEEDED: AWS CodePipeline {job.execution['pipelineName']} for action {where}"
        job.session.client("sns").publish(TopicArn=topic, Subject=subject[:100], Message=message)


WORK: dict[tuple[str, str], Callable[[Job], dict[str, str] | None]] = {
    ("Source", "CodeCommit"): codecommit_source,
    ("Source", "S3"): s3_source,
    ("Build", "CodeBuild"): codebuild,
    ("Test", "CodeBuild"): codebuild,
    ("Approval", "Manual"): manual_approval,
}
"""Returns output variables when done, None when the action goes on until somebody decides."""
