"""A region has the services of the types that templates make there."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from fmops.doctor import services
from tests.assemblies import Templates
from tests.doctor.telling import Telling, found, scene, stack, told

STACK = stack({"Key": "AWS::KMS::Key", "Role": "AWS::IAM::Role", "Own": "Custom::Thing"})


def having(*here: str, everywhere: tuple[str, ...] = ("kms", "sagemaker")) -> Telling:
    def answer(account: str, region: str, asked: Any) -> Any:
        names = here if asked["Path"] == f"/aws/service/global-infrastructure/regions/{region}/services" else everywhere
        return {"Parameters": [{"Name": f"{asked['Path']}/{name}"} for name in names]}

    return Telling(get_parameters_by_path=answer)


def test_a_region_with_all_services_is_fine() -> None:
    assert told(services.CHECK, scene(having("kms"), STACK)) == []


def test_a_service_that_the_region_lacks_is_a_problem() -> None:
    assert told(services.CHECK, scene(having("s3"), STACK)) == [
        ("PROBLEM", "the region has no kms, which AWS::KMS::Key needs")
    ]


def test_products_are_launched_at_home() -> None:
    product = {"Resources": {"Endpoint": {"Type": "AWS::SageMaker::Endpoint"}}}
    looked = scene(having("kms"), STACK, stack({"Key": "AWS::KMS::Key"}, region="us-east-1"), realtime=product)
    (finding,) = found(services.CHECK, looked)
    assert (finding.place, finding.verdict) == ("eu-west-1", "PROBLEM")


def test_a_service_that_aws_does_not_list_proves_nothing() -> None:
    (finding,) = found(services.CHECK, scene(having("kms"), stack({"New": "AWS::Newest::Thing"})))
    assert finding.verdict == "NOT CHECKED"
    assert "services.yaml" in finding.remedy


def test_no_right_to_ask_is_not_checked() -> None:
    assert [one.verdict for one in found(services.CHECK, scene(Telling(), STACK))] == ["NOT CHECKED"]


def test_our_types_have_names_that_aws_lists(templates: Templates) -> None:
    """By a copy of the public parameters that another tool carries."""
    moto = pytest.importorskip("moto.ssm")
    copied = Path(moto.__file__).parent / "resources/services.json.gz"
    listed = json.loads(gzip.decompress(copied.read_bytes()))["aws"]["service"]["global-infrastructure"]["services"]
    types = {one["Type"] for template in templates.values() for one in template["Resources"].values()}
    names = {name for one in types if (name := services.service(one))}
    assert len(names) > 15
    assert names - set(listed) == set()
