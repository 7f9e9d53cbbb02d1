"""What the build runs after the tests: uploads this commit's code and writes the pipeline's definition.

    python -m pipeline.publish

It starts nothing: the step after the build does, which is the platform's. So a training runs in the name of whoever
pushed, whatever the code says.
"""

import hashlib
import json
import os
import re
from pathlib import Path
from typing import Any

import boto3
from fmops_constructs import names

from pipeline.archive import pack
from pipeline.dataset import example_csv
from pipeline.definition import definition
from pipeline.settings import EXAMPLE, Accounts, Network, Project, Training
from pipeline.shapes import problems

STEPS = Path(__file__).parent.parent / "steps"
DEFINITION = Path("pipeline.json")
"""What the build hands to the platform's step."""


def upload_code(s3: Any, accounts: Accounts, project: Project, commit: str) -> str:
    """Puts the step scripts, each on its own and as one archive, under this commit's prefix; gives the prefix.

    The same commit gives the same bytes, so a repeated build changes nothing.
    """
    prefix = f"code/{project.name}/{commit}"
    objects = {f"{prefix}/steps/{path.name}": path.read_bytes() for path in sorted(STEPS.glob("*.py"))}
    objects[f"{prefix}/sourcedir.tar.gz"] = pack(STEPS)
    for key, body in objects.items():
        put(s3, accounts.artifacts_bucket, key, body, accounts.artifacts_key)
    return prefix


def put(s3: Any, bucket: str, key: str, body: bytes, kms_key: str) -> None:
    """Writes an object under a customer-managed key."""
    s3.put_object(Bucket=bucket, Key=key, Body=body, ServerSideEncryption="aws:kms", SSEKMSKeyId=kms_key)


def dev_session(session: boto3.Session, accounts: Accounts, project: Project) -> boto3.Session:
    """A session that reads what dev publishes."""
    role = names.role_arn(accounts.dev, "read-platform", project.business_unit)
    credentials = session.client("sts").assume_role(RoleArn=role, RoleSessionName=f"{project.name}-build")[
        "Credentials"
    ]
    return boto3.Session(
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
        region_name=accounts.region,
    )


def network(ssm: Any) -> Network:
    """Dev's network and key.

    Raises:
        SystemExit: dev's foundation has not published one of them.
    """
    wanted = [names.SUBNET_IDS, names.WORKLOAD_SECURITY_GROUP_ID, names.DATA_KEY_ARN]
    answer = ssm.get_parameters(Names=wanted)
    if absent := answer.get("InvalidParameters"):
        raise SystemExit(f"Dev has no parameters {absent}: deploy its foundation first.")
    values = {one["Name"]: one["Value"] for one in answer["Parameters"]}
    return Network(values[wanted[0]].split(","), values[wanted[1]], values[wanted[2]])


def place_data(s3: Any, accounts: Accounts, project: Project) -> str:
    """The data set's folder; the example data travels like code and is named by its own hash."""
    if project.dataset != EXAMPLE:
        return project.dataset
    content = example_csv()
    folder = f"code/{project.name}/{EXAMPLE}-{hashlib.sha256(content).hexdigest()[:12]}"
    put(s3, accounts.artifacts_bucket, f"{folder}/{EXAMPLE}.csv", content, accounts.artifacts_key)
    return f"s3://{accounts.artifacts_bucket}/{folder}"


def main() -> None:
    project, training, accounts = Project.load(), Training.load(), Accounts.of(os.environ)
    commit = os.environ.get("COMMIT_ID", "")
    if not re.fullmatch(r"[0-9a-f]{40}", commit):
        raise SystemExit(f"COMMIT_ID is {commit!r}; the project's build pipeline sets it to the commit that it builds.")
    session = boto3.Session(region_name=accounts.region)
    dev = dev_session(session, accounts, project)
    s3 = session.client("s3")
    data = place_data(s3, accounts, project)
    content = definition(project, training, accounts, network(dev.client("ssm")), data)
    if found := problems(content):
        raise SystemExit("The pipeline's definition is wrong; nothing was started.\n  " + "\n  ".join(found))
    prefix = upload_code(s3, accounts, project, commit)
    print(f"code: s3://{accounts.artifacts_bucket}/{prefix}")
    DEFINITION.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    print(f"definition: {DEFINITION}, for the platform to start {project.names.model_pipeline} in dev")


if __name__ == "__main__":
    main()
