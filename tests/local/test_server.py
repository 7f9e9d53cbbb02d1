"""The server: accounts, stacks, IAM, persistence."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.e2e


def test_accounts_are_isolated(embedded: Any) -> None:
    embedded.client("sagemaker", "000000000012").create_model_package_group(ModelPackageGroupName="mine")
    assert embedded.client("sagemaker", "000000000012").describe_model_package_group(ModelPackageGroupName="mine")
    with pytest.raises(ClientError):
        embedded.client("sagemaker", "000000000010").describe_model_package_group(ModelPackageGroupName="mine")
