"""The builds' API: a call's overrides become a build's record, and a run starts."""

import copy
import uuid
from typing import Any

from fmops.local.context import account, caller, now, region, spawn
from fmops.local.registry import RESTORED, TABLES, AwsError, Params, operation, table
from fmops.local.services.codebuild import projects, runner

BUILDS, TOKENS = "codebuild.builds", "codebuild.tokens"

OVERRIDES: dict[str, tuple[str, ...]] = {
    "sourceTypeOverride": ("source", "type"),
    "sourceLocationOverride": ("source", "location"),
    "buildspecOverride": ("source", "buildspec"),
    "gitCloneDepthOverride": ("source", "gitCloneDepth"),
    "sourceVersion": ("sourceVersion",),
    "secondarySourcesOverride": ("secondarySources",),
    "secondarySourcesVersionOverride": ("secondarySourceVersions",),
    "artifactsOverride": ("artifacts",),
    "secondaryArtifactsOverride": ("secondaryArtifacts",),
    "environmentTypeOverride": ("environment", "type"),
    "imageOverride": ("environment", "image"),
    "computeTypeOverride": ("environment", "computeType"),
    "privilegedModeOverride": ("environment", "privilegedMode"),
    "serviceRoleOverride": ("serviceRole",),
    "timeoutInMinutesOverride": ("timeoutInMinutes",),
    "queuedTimeoutInMinutesOverride": ("queuedTimeoutInMinutes",),
    "encryptionKeyOverride": ("encryptionKey",),
    "logsConfigOverride": ("logsConfig",),
    "cacheOverride": ("cache",),
}
"""StartBuild's members -> what they replace in the project."""


def _overridden(project: Params, params: Params) -> Params:
    result = copy.deepcopy(project)
    for member, (*parents, leaf) in OVERRIDES.items():
        if member in params:
            node = result
            for parent in parents:
                node = node.setdefault(parent, {})
            node[leaf] = params[member]
    variables = [
        *result["environment"].get("environmentVariables", []),
        *params.get("environmentVariablesOverride", []),
    ]
    by_name = {variable["name"]: {"type": "PLAINTEXT", **variable} for variable in variables}
    result["environment"]["environmentVariables"] = list(by_name.values())
    return result


def _initiator(source: Params) -> str:
    """Who shows as having started a build: a pipeline signs with its name as the session's."""
    who = caller()
    session = who.rpartition("/")[2]
    if source["type"] == "CODEPIPELINE":
        return f"codepipeline/{session}"
    return who.partition(":assumed-role/")[2] or session.rpartition(":")[2]


def _number(project: str) -> int:
    numbers = [build["buildNumber"] for build in table(BUILDS).values() if build["projectName"] == project]
    return max(numbers, default=0) + 1


def _logs(config: Params, project: str, identifier: str) -> Params:
    if config.get("status") == "DISABLED":
        return {"cloudWatchLogs": config}
    group = config.get("groupName") or f"/aws/codebuild/{project}"
    stream = "/".join(part for part in (config.get("streamName"), identifier) if part)
    where = f"arn:aws:logs:{region()}:{account()}:log-group:{group}:log-stream:{stream}"
    console = f"https://console.aws.amazon.com/cloudwatch/home?region={region()}#logsV2:log-groups/log-group"
    return {
        "groupName": group,
        "streamName": stream,
        "deepLink": f"{console}/{group.replace('/', '$252F')}/log-events/{stream.replace('/', '$252F')}",
        "cloudWatchLogsArn": where,
        "cloudWatchLogs": {"status": "ENABLED", **config},
        "s3Logs": {"status": "DISABLED", "encryptionDisabled": False},
    }


@operation("codebuild", "StartBuild")
def start_build(params: Params) -> Params:
    """Starts a build; the same token means the same build."""
    wanted = _overridden(projects.get(params["projectName"]), params)
    token = (wanted["name"], params["idempotencyToken"]) if "idempotencyToken" in params else None
    if token in table(TOKENS):
        return {"build": copy.deepcopy(table(BUILDS)[table(TOKENS)[token]])}
    source = wanted["source"]
    if source["type"] != "NO_SOURCE" and not source.get("location"):
        raise AwsError("InvalidInputException", f"Source location is required for source type {source['type']}")
    if source["type"] == "NO_SOURCE" and "\n" not in source.get("buildspec", ""):
        raise AwsError("InvalidInputException", "A buildspec with commands is required when the source is NO_SOURCE")
    identifier = str(uuid.uuid4())
    config = wanted.get("logsConfig", {}).get("cloudWatchLogs", {})
    build: dict[str, Any] = {
        "id": f"{wanted['name']}:{identifier}",
        "arn": f"arn:aws:codebuild:{region()}:{account()}:build/{wanted['name']}:{identifier}",
        "buildNumber": _number(wanted["name"]),
        "startTime": now(),
        "currentPhase": "QUEUED",
        "buildStatus": "IN_PROGRESS",
        "projectName": wanted["name"],
        "phases": [],
        "source": source,
        "secondarySources": wanted.get("secondarySources", []),
        "secondaryArtifacts": [],
        "artifacts": {"location": ""},
        "logs": _logs(config, wanted["name"], identifier),
        "buildComplete": False,
        "initiator": _initiator(source),
    }
    for name in (
        "environment",
        "serviceRole",
        "timeoutInMinutes",
        "queuedTimeoutInMinutes",
        "encryptionKey",
        "cache",
        "vpcConfig",
        "sourceVersion",
        "secondarySourceVersions",
    ):
        if wanted.get(name):
            build[name] = wanted[name]
    table(BUILDS)[build["id"]] = build
    if token:
        table(TOKENS)[token] = build["id"]
    run = runner.Run(build, config, wanted["artifacts"], wanted.get("secondaryArtifacts", []))
    answer = copy.deepcopy(build)
    spawn(f"build-{build['id']}", run.run)
    return {"build": answer}


def _find(identifier: str) -> Params | None:
    builds = table(BUILDS)
    found = builds.get(identifier.rpartition("build/")[2] if identifier.startswith("arn:") else identifier)
    return copy.deepcopy(found) if found else None


@operation("codebuild", "BatchGetBuilds")
def batch_get_builds(params: Params) -> Params:
    found = {identifier: _find(identifier) for identifier in params["ids"]}
    return {
        "builds": [build for build in found.values() if build],
        "buildsNotFound": [identifier for identifier, build in found.items() if build is None],
    }


@operation("codebuild", "StopBuild")
def stop_build(params: Params) -> Params:
    """Asks a running build to stop; a finished one stays what it is."""
    build = _find(params["id"])
    if build is None:
        raise AwsError("ResourceNotFoundException", f"Build cannot be found: {params['id']}")
    if run := runner.RUNNING.get(build["arn"]):
        run.stop()
    return {"build": build}


@operation("codebuild", "BatchDeleteBuilds")
def batch_delete_builds(params: Params) -> Params:
    found = {identifier: _find(identifier) for identifier in params["ids"]}
    gone = [build for build in found.values() if build and build["buildComplete"]]
    for build in gone:
        table(BUILDS).pop(build["id"], None)
    kept = [identifier for identifier, build in found.items() if build and not build["buildComplete"]]
    return {
        "buildsDeleted": [build["arn"] for build in gone],
        "buildsNotDeleted": [{"id": identifier, "statusCode": "BUILD_IN_PROGRESS"} for identifier in kept],
    }


def _ids(params: Params, project: str | None = None) -> Params:
    builds = [build for build in table(BUILDS).values() if project in (None, build["projectName"])]
    builds.sort(key=lambda build: build["startTime"], reverse=params.get("sortOrder", "DESCENDING") == "DESCENDING")
    return {"ids": [build["id"] for build in builds]}


@operation("codebuild", "ListBuilds")
def list_builds(params: Params) -> Params:
    return _ids(params)


@operation("codebuild", "ListBuildsForProject")
def list_builds_for_project(params: Params) -> Params:
    return _ids(params, projects.get(params["projectName"])["name"])


def _settle() -> None:
    """A build's process does not survive the server: what was under way has faulted, and says so."""
    for build in TABLES[BUILDS].all_values() if BUILDS in TABLES else []:
        if not build["buildComplete"]:
            reason = {"statusCode": "INTERNAL_ERROR", "message": "The embedded AWS was restarted during the build."}
            for phase in build["phases"][-1:]:
                phase.update({"phaseStatus": "FAULT", "endTime": now(), "durationInSeconds": 0, "contexts": [reason]})
            build.update({"currentPhase": "COMPLETED", "endTime": now(), "buildComplete": True, "buildStatus": "FAULT"})


RESTORED.append(_settle)
