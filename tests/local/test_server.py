"""The server: accounts, stacks, IAM, persistence."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.conftest import start

pytestmark = pytest.mark.e2e


def test_accounts_are_isolated(embedded: Any) -> None:
    embedded.client("sagemaker", "000000000012").create_model_package_group(ModelPackageGroupName="mine")
    assert embedded.client("sagemaker", "000000000012").describe_model_package_group(ModelPackageGroupName="mine")
    with pytest.raises(ClientError):
        embedded.client("sagemaker", "000000000010").describe_model_package_group(ModelPackageGroupName="mine")


def test_it_ends_though_a_custom_resource_waits(tmp_path: Path) -> None:
    """A custom resource whose function never answers holds a thread; the server ends all the same, and soon."""
    found, account = start(tmp_path), "000000000012"
    topic = found.client("sns", account).create_topic(Name="nobody-listens")["TopicArn"]
    resource = {"Type": "Custom::Silence", "Properties": {"ServiceToken": topic}}
    template = json.dumps({"Resources": {"Silent": resource}})
    found.client("cloudformation", account).create_stack(StackName="waits", TemplateBody=template)
    begun = time.monotonic()
    assert found.stop() == 0
    assert time.monotonic() - begun < 20
