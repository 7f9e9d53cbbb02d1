"""What a pipeline runs: verifies the bundle, then deploys it to STAGE with the CDK CLI.

    STAGE=preprod RELEASE_SHA256=... python -m deploy.release

The bundle is never made again. If its bytes are not those that its name says, nothing is deployed.
"""

import hashlib
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3

from deploy.settings import BUNDLE, Build, Project

FOLDER = Path("build")


def fetched(build: Build, project: Project, s3: Any, folder: Path = FOLDER) -> Path:
    """The bundle as a file, verified.

    Raises:
        SystemExit: its bytes are others than those that were built.
    """
    key = BUNDLE.format(project.names.releases(), build.release)
    content: bytes = s3.get_object(Bucket=build.bucket, Key=key)["Body"].read()
    actual = hashlib.sha256(content).hexdigest()
    if actual != build.release:
        raise SystemExit(
            f"s3://{build.bucket}/{key} has changed since it was built: it is {actual}. Nothing was deployed. "
            "Build again, and find out who wrote to it."
        )
    folder.mkdir(exist_ok=True)
    file = folder / f"{build.release}.zip"
    file.write_bytes(content)
    return file


def deploy(build: Build, bundle: Path, run: Callable[..., Any] = subprocess.run) -> None:
    """Runs the CDK CLI, which assumes the bootstrap roles of the stage's account.

    Raises:
        subprocess.CalledProcessError: the deployment failed; CloudFormation has rolled it back.
    """
    app = shlex.join([sys.executable, "-m", "deploy.app", str(bundle)])
    outputs = ["--output", str(FOLDER / f"cdk.out-{build.stage}")]
    stack = f"{build.stage}-Application"
    run(["cdk", "deploy", stack, "--app", app, *outputs, "--require-approval", "never", "--ci"], check=True)


def main() -> None:
    build, project = Build.of(os.environ), Project.load()
    bundle = fetched(build, project, boto3.client("s3", region_name=build.region))
    print(f"sha256:{build.release} is what was built; deploying it to {build.stage} ({build.account})", flush=True)
    deploy(build, bundle)


if __name__ == "__main__":
    main()
