"""The release: the same bytes everywhere, or nothing is deployed."""

import hashlib
import io
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template
from deploy.app import Application
from deploy.bundle import zipped
from deploy.release import fetched
from deploy.settings import Build, Capacity, Project

PROJECT = Project("handbook", "retail", "amazon.nova-lite")
BUNDLE = zipped()
DIGEST = hashlib.sha256(BUNDLE).hexdigest()


def build(stage: str) -> Build:
    return Build(stage, "222222222222", "eu-west-1", "bucket", "vpce-0123456789abcdef0", DIGEST)


class Bucket:
    def __init__(self, content: bytes) -> None:
        self.content = content

    def get_object(self, **asked: Any) -> dict[str, Any]:
        assert asked == {"Bucket": "bucket", "Key": f"code/handbook/releases/{DIGEST}.zip"}
        return {"Body": io.BytesIO(self.content)}


@pytest.fixture(scope="module")
def templates(tmp_path_factory) -> dict[str, Template]:
    folder = tmp_path_factory.mktemp("bundle")
    bundle = fetched(build("dev"), PROJECT, Bucket(BUNDLE), folder)
    made = {}
    for stage in ("dev", "preprod", "prod"):
        app = cdk.App(outdir=str(folder / stage), builtin_cloud_formation_validation=False)
        stack = Application(app, f"{stage}-Application", project=PROJECT, build=build(stage), bundle=bundle)
        made[stage] = Template.from_stack(stack)
    return made


def test_two_bundles_are_the_same():
    assert zipped() == BUNDLE


def test_another_file_is_another_bundle(tmp_path):
    (tmp_path / "api.py").write_text("x = 1\n")
    one = zipped(tmp_path)
    (tmp_path / "api.py").write_text("x = 2\n")
    assert zipped(tmp_path) != one


def test_a_changed_bundle_is_not_deployed(tmp_path):
    with pytest.raises(SystemExit, match="has changed"):
        fetched(build("dev"), PROJECT, Bucket(BUNDLE + b"x"), tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("lacking", ["STAGE", "DEV_ACCOUNT", "RELEASE_SHA256", "TESTS_FROM"])
def test_a_build_that_is_told_too_little_ends(lacking):
    names = ("DEV_ACCOUNT", "AWS_REGION", "ARTIFACTS_BUCKET", "TESTS_FROM", "RELEASE_SHA256")
    told = {**dict.fromkeys(names, "x"), "STAGE": "dev"}
    assert Build.of(told).stage == "dev"
    with pytest.raises(SystemExit, match=lacking):
        Build.of({name: value for name, value in told.items() if name != lacking})


def test_a_stage_that_is_none_is_refused():
    with pytest.raises(SystemExit, match="no stage"):
        Capacity.load("qa")


def test_everything_runs_in_the_network_with_the_foundations_roles(templates):
    for template in templates.values():
        template.resource_count_is("AWS::IAM::Role", 0)
        template.all_resources_properties(
            "AWS::Lambda::Function",
            {"VpcConfig": {"SubnetIds": {"Ref": "SubnetIds"}}, "KmsKeyArn": {"Ref": "DataKeyArn"}},
        )


def test_the_interface_is_private_and_every_route_with_data_needs_a_token(templates):
    for template in templates.values():
        template.has_resource_properties("AWS::ApiGateway::RestApi", {"EndpointConfiguration": {"Types": ["PRIVATE"]}})
        methods = template.find_resources("AWS::ApiGateway::Method").values()
        open_to_all = [m["Properties"] for m in methods if m["Properties"]["AuthorizationType"] == "NONE"]
        assert {one["HttpMethod"] for one in open_to_all} == {"GET"}
        assert len(open_to_all) == 2


def test_prod_is_reached_from_its_own_network_only(templates):
    def let_in(stage: str) -> list[Any]:
        (api,) = templates[stage].find_resources("AWS::ApiGateway::RestApi").values()
        (deny,) = [one for one in api["Properties"]["Policy"]["Statement"] if one["Effect"] == "Deny"]
        return deny["Condition"]["StringNotEquals"]["aws:SourceVpce"]

    assert let_in("prod") == [{"Ref": "EndpointId"}]
    assert let_in("preprod") == [{"Ref": "EndpointId"}, "vpce-0123456789abcdef0"]


def test_messages_are_encrypted_expire_and_outlive_prods_stack(templates):
    for stage, template in templates.items():
        (table,) = template.find_resources("AWS::DynamoDB::Table").values()
        assert table["Properties"]["SSESpecification"]["KMSMasterKeyId"] == {"Ref": "DataKeyArn"}
        assert table["Properties"]["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}
        assert table.get("DeletionPolicy", "").startswith("Retain") == (stage == "prod")


def test_stages_differ_in_what_is_declared_only(templates):
    """R56: preprod and prod have the same resources."""
    kinds = {
        stage: sorted(one["Type"] for one in template.to_json()["Resources"].values())
        for stage, template in templates.items()
    }
    assert kinds["preprod"] == kinds["prod"] == kinds["dev"]
