"""What a build sees: its environment variables and where its programs come from."""

import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

import fmops
from fmops.local import identity
from fmops.local.context import region
from fmops.local.registry import Params
from fmops.local.services.codebuild.buildspec import Buildspec

JSII_CACHE = Path(sys.prefix) / "cache" / "jsii"
"""A build's HOME is new each time; unpacking aws-cdk-lib into it would cost each build ten seconds."""


class VariableError(RuntimeError):
    """A variable's parameter or secret cannot be read; the message says which."""


def program_path() -> str:
    """PATH of a build: this environment's Python and the CDK CLI first, where AWS has them in the build image."""
    if given := os.environ.get("FMOPS_LOCAL_PATH"):
        return given
    repository = Path(fmops.__file__).resolve().parents[1]
    own = (Path(sys.executable).parent, repository / "node_modules" / ".bin")
    return os.pathsep.join([*map(str, own), os.environ["PATH"]])


def environment(session: Any, build: Params, spec: Buildspec, folder: Path) -> dict[str, str]:
    """All environment variables of a build's first command. Raises VariableError."""
    project_variables = build["environment"].get("environmentVariables", [])
    declared = [
        *({"name": n, "value": v, "type": "PLAINTEXT"} for n, v in spec.variables.items()),
        *({"name": n, "value": v, "type": "PARAMETER_STORE"} for n, v in spec.parameter_store.items()),
        *({"name": n, "value": v, "type": "SECRETS_MANAGER"} for n, v in spec.secrets_manager.items()),
        *project_variables,  # the project's and the call's variables win over the buildspec's
    ]
    return {
        "PATH": program_path(),
        "HOME": str(folder),
        "TMPDIR": str(folder / "tmp"),
        "LANG": "C.UTF-8",
        "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(JSII_CACHE),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_ROOT_USER_ACTION": "ignore",
        "CI": "true",
        **identity.environment(session, region()),
        **_about(build, folder),
        **_resolved(session, {variable["name"]: variable for variable in declared}.values()),
    }


def _about(build: Params, folder: Path) -> dict[str, str]:
    source = build["source"]
    sources = {s["sourceIdentifier"]: folder / "src" / s["sourceIdentifier"] for s in build["secondarySources"]}
    variables = {
        "CODEBUILD_BUILD_ARN": build["arn"],
        "CODEBUILD_BUILD_ID": build["id"],
        "CODEBUILD_BUILD_IMAGE": build["environment"].get("image"),
        "CODEBUILD_BUILD_NUMBER": build["buildNumber"],
        "CODEBUILD_INITIATOR": build["initiator"],
        "CODEBUILD_KMS_KEY_ID": build["encryptionKey"],
        "CODEBUILD_LOG_PATH": build["logs"].get("streamName"),
        "CODEBUILD_RESOLVED_SOURCE_VERSION": build.get("resolvedSourceVersion"),
        "CODEBUILD_SOURCE_REPO_URL": source.get("location") if source["type"] == "CODECOMMIT" else None,
        "CODEBUILD_SOURCE_VERSION": build.get("sourceVersion"),
        "CODEBUILD_SRC_DIR": folder / "src" / "src",
        "CODEBUILD_START_TIME": int(build["startTime"].timestamp() * 1000),
        **{f"CODEBUILD_SRC_DIR_{name}": path for name, path in sources.items()},
    }
    return {name: str(value) for name, value in variables.items() if value is not None}


def _resolved(session: Any, variables: Iterable[Params]) -> dict[str, str]:
    ssm = secrets = None
    found = {}
    for variable in variables:
        name, value = variable["name"], variable["value"]
        try:
            if variable.get("type") == "PARAMETER_STORE":
                ssm = ssm or session.client("ssm")
                answer = ssm.get_parameters(Names=[value], WithDecryption=True)
                if not answer["Parameters"]:
                    raise VariableError(f"parameter does not exist: {value}")
                found[name] = answer["Parameters"][0]["Value"]
            elif variable.get("type") == "SECRETS_MANAGER":
                secrets = secrets or session.client("secretsmanager")
                found[name] = _secret(secrets, value)
            else:
                found[name] = value
        except ClientError as error:
            raise VariableError(f"{name}: {error}") from error
    return found


def _secret(client: Any, reference: str) -> str:
    """`secret-id:json-key:version-stage:version-id`, all but the id optional; the id may be an ARN."""
    head, rest = reference, ""
    if reference.startswith("arn:"):
        parts = reference.split(":")
        head, rest = ":".join(parts[:7]), ":".join(parts[7:])
    else:
        head, _, rest = reference.partition(":")
    key, stage, version = (*rest.split(":"), "", "", "")[:3]
    wanted = {"VersionStage": stage, "VersionId": version}
    text: str = client.get_secret_value(SecretId=head, **{n: v for n, v in wanted.items() if v})["SecretString"]
    if not key:
        return text
    data = json.loads(text)
    if key not in data:
        raise VariableError(f"secret {head} has no key {key}")
    return str(data[key])
