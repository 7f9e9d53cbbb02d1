"""What the promotion runs: verifies the approved artifact, then deploys it to STAGE with the CDK CLI.

    STAGE=preprod MODEL_PACKAGE_ARN=arn:... python -m deploy.release

Nothing is rebuilt: the artifact, the image and this code are those of the commit that registered the model. If one of
them is not, nothing is deployed.
"""

import hashlib
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
from pipeline.settings import Project

from deploy.lifecycle import tell
from deploy.settings import STAGES, Release

BUILD = Path("build")
PINNED = re.compile(r".+@sha256:[0-9a-f]{64}")


def digest(s3: Any, address: str) -> str:
    """The sha256 of an S3 object, read in pieces."""
    url = urlsplit(address)
    body = s3.get_object(Bucket=url.netloc, Key=url.path.lstrip("/"))["Body"]
    sha = hashlib.sha256()
    for chunk in body.iter_chunks(1 << 20):
        sha.update(chunk)
    return sha.hexdigest()


def verified(package: Mapping[str, Any], project: Project, s3: Any, commit: str) -> dict[str, Any]:
    """The container of a model package, and its digest, if it may be deployed.

    Args:
        commit: the one whose code this is.

    Raises:
        SystemExit: it is another project's or another commit's, is not approved, has no registered digest, its image is
            named by a tag, or its artifact has changed.
    """
    arn = package["ModelPackageArn"]
    if package.get("ModelPackageGroupName") != project.names.model_package_group:
        raise SystemExit(f"{arn} belongs to {package.get('ModelPackageGroupName')}, not to {project.name}.")
    if package["ModelApprovalStatus"] != "Approved":
        raise SystemExit(f"{arn} is {package['ModelApprovalStatus']}: only an approved version is deployed.")
    about = package.get("CustomerMetadataProperties", {})
    registered = about.get("model_sha256")
    if not registered:
        raise SystemExit(f"{arn} has no model_sha256 in its metadata: register it by the project's pipeline.")
    if about.get("commit") != commit:
        raise SystemExit(f"{arn} was made by commit {about.get('commit')}, and this is {commit}: approve it again.")
    (container,) = package["InferenceSpecification"]["Containers"]
    if not PINNED.fullmatch(container["Image"]):
        raise SystemExit(f"{arn} names its image {container['Image']} by a tag: what that is may change. Train again.")
    actual = digest(s3, container["ModelDataUrl"])
    if actual != registered:
        raise SystemExit(
            f"{container['ModelDataUrl']} has changed since it was registered: {actual}, not {registered}. "
            "Nothing was deployed. Train again, and find out who wrote to it."
        )
    return {
        "model_package_arn": arn,
        "model_data_url": container["ModelDataUrl"],
        "model_sha256": actual,
        "image": container["Image"],
        "environment": container.get("Environment", {}),
    }


def deploy(release: Release, run: Callable[..., Any] = subprocess.run) -> None:
    """Runs the CDK CLI, which assumes the bootstrap roles of the stage's account.

    Raises:
        subprocess.CalledProcessError: the deployment failed; CloudFormation has rolled it back.
    """
    path = BUILD / f"release-{release.stage}.json"
    release.write(path)
    app = shlex.join([sys.executable, "-m", "deploy.app", str(path)])
    stack = f"{release.stage}-Endpoint"
    outputs = ["--output", str(BUILD / f"cdk.out-{release.stage}")]
    run(["cdk", "deploy", stack, "--app", app, *outputs, "--require-approval", "never", "--ci"], check=True)


def of_environment(environment: Mapping[str, str]) -> tuple[str, str, str, str, str]:
    """Stage, its account, region, model package ARN and the commit whose code this is.

    Raises:
        SystemExit: one is missing, or the stage is none.
    """
    stage = environment.get("STAGE", "")
    if stage not in STAGES:
        raise SystemExit(f"STAGE is {stage!r}; it must be one of {', '.join(STAGES)}.")
    variables = (f"{stage.upper()}_ACCOUNT", "AWS_REGION", "MODEL_PACKAGE_ARN", "COMMIT_ID")
    if absent := [name for name in variables if not environment.get(name)]:
        raise SystemExit(f"The environment lacks {', '.join(absent)}; the promotion pipeline sets them.")
    account, region, package, commit = (environment[name] for name in variables)
    return stage, account, region, package, commit


def main() -> None:
    stage, account, region, arn, commit = of_environment(os.environ)
    project = Project.load()
    session = boto3.Session(region_name=region)
    registry = session.client("sagemaker")
    package = registry.describe_model_package(ModelPackageName=arn)
    model = verified(package, project, session.client("s3"), commit)
    print(
        f"{arn}: sha256:{model['model_sha256']} is what was registered; deploying it to {stage} ({account})", flush=True
    )
    tell(registry, arn, stage, "InProgress", f"Being deployed to {stage}")
    deploy(Release(project.name, project.business_unit, stage, account, region, **model))
    if stage == "prod":
        tell(registry, arn, stage, "Approved", "In production")


if __name__ == "__main__":
    main()
