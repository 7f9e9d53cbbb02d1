"""Publishing against stubbed AWS clients: what is sent, and that the same commit sends the same bytes."""

import os

import boto3
import pytest
from botocore.stub import ANY, Stubber
from ci.package_index import settings
from pipeline import publish
from pipeline.archive import pack
from pipeline.settings import Project


def client(service):
    return boto3.client(service, region_name="eu-west-1", aws_access_key_id="test", aws_secret_access_key="test")


class Objects:
    """A bucket that remembers what was put into it."""

    def __init__(self):
        self.stored = {}

    def put_object(self, *, Bucket, Key, Body, ServerSideEncryption, SSEKMSKeyId):  # noqa: N803
        assert ServerSideEncryption == "aws:kms"
        assert SSEKMSKeyId
        self.stored[f"{Bucket}/{Key}"] = Body


def test_a_commit_has_its_own_code_and_always_the_same(accounts, project):
    first, second = Objects(), Objects()
    for bucket in (first, second):
        assert publish.upload_code(bucket, accounts, project, "c0ffee") == "code/churn/c0ffee"
    assert first.stored == second.stored
    prefix = "fmops-artifacts-111111111111-eu-west-1/code/churn/c0ffee"
    assert {f"{prefix}/sourcedir.tar.gz", f"{prefix}/steps/preprocess.py"} <= set(first.stored)


def test_an_archive_follows_from_content_alone(tmp_path):
    (tmp_path / "a.py").write_text("1")
    first = pack(tmp_path)
    os.utime(tmp_path / "a.py", (1, 1))
    (tmp_path / "a.py").chmod(0o777)
    assert pack(tmp_path) == first
    (tmp_path / "a.py").write_text("2")
    assert pack(tmp_path) != first


def test_the_example_data_is_placed_once_and_other_data_is_left_alone(accounts, project):
    bucket = Objects()
    folder = publish.place_data(bucket, accounts, project)
    assert list(bucket.stored) == [f"{folder.removeprefix('s3://')}/example.csv"]
    assert publish.place_data(bucket, accounts, Project("churn", "retail", "s3://lake/churn")) == "s3://lake/churn"
    assert len(bucket.stored) == 1


def test_the_network_is_read_from_dev():
    ssm = client("ssm")
    with Stubber(ssm) as stub:
        values = {"/fmops/network/subnet-ids": "subnet-1,subnet-2", "/fmops/network/workload-security-group-id": "sg-1"}
        values["/fmops/keys/data-arn"] = "arn:key"
        answer = {"Parameters": [{"Name": k, "Value": v} for k, v in values.items()]}
        stub.add_response("get_parameters", answer, {"Names": ANY})
        found = publish.network(ssm)
    assert (found.subnets, found.security_group, found.data_key) == (["subnet-1", "subnet-2"], "sg-1", "arn:key")


def test_a_dev_account_without_foundation_is_named():
    ssm = client("ssm")
    with Stubber(ssm) as stub:
        stub.add_response("get_parameters", {"Parameters": [], "InvalidParameters": ["/fmops/keys/data-arn"]})
        with pytest.raises(SystemExit, match="deploy its foundation first"):
            publish.network(ssm)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("pypi", "https://aws:secret@d-1.d.codeartifact.eu-west-1.amazonaws.com/pypi/packages/simple/"),
        (
            "npm",
            "registry=https://d-1.d.codeartifact.eu-west-1.amazonaws.com/npm/packages/\n"
            "//d-1.d.codeartifact.eu-west-1.amazonaws.com/npm/packages/:_authToken=secret",
        ),
    ],
)
def test_the_package_index_carries_a_token(kind, expected):
    codeartifact = client("codeartifact")
    with Stubber(codeartifact) as stub:
        token, where = {"authorizationToken": "secret"}, {"domain": "fmops", "repository": "packages", "format": kind}
        stub.add_response("get_authorization_token", token, {"domain": "fmops", "durationSeconds": 3600})
        endpoint = {"repositoryEndpoint": f"https://d-1.d.codeartifact.eu-west-1.amazonaws.com/{kind}/packages/"}
        stub.add_response("get_repository_endpoint", endpoint, where)
        assert settings(codeartifact, "fmops", "packages", kind) == expected
