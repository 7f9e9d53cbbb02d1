"""What the promotion runs after a deployment: tests the endpoint of STAGE, and says with the version how that ended.

STAGE=preprod MODEL_PACKAGE_ARN=arn:... python -m deploy.stage_check
"""

import os
import sys
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from deploy.lifecycle import tell

TESTS = "deploy/stage_tests"


def check(registry: Any, package: str, stage: str, run: Callable[[list[str]], int] = pytest.main) -> int:
    """Runs the tests: a version that fails them is rejected in that stage, any other waits for approval.

    Returns: 0 or 1, for the shell.
    """
    failed = run([TESTS]) != 0
    if failed:
        tell(registry, package, stage, "Rejected", f"The tests of {stage} failed")
    else:
        tell(registry, package, stage, "PendingApproval", f"The tests of {stage} passed")
    return int(failed)


if __name__ == "__main__":
    client = boto3.client("sagemaker", region_name=os.environ["AWS_REGION"])
    sys.exit(check(client, os.environ["MODEL_PACKAGE_ARN"], os.environ["STAGE"]))
