"""The endpoint table: what follows from features, and what the policies say."""

from typing import Any

import pytest
from fmops_constructs import endpoints

POLICY: dict[str, Any] = {"organization_id": "o-exampleorgid", "region": "eu-west-1"}


def table_entry(service: str) -> endpoints.Endpoint:
    return next(endpoint for endpoint in endpoints.TABLE if endpoint.service == service)


def test_each_feature_adds_to_the_core() -> None:
    core = endpoints.needed(["core"])
    assert [endpoint.service for endpoint in core] == ["s3", "sts", "kms", "logs", "monitoring"]
    for feature in endpoints.FEATURES[1:]:
        more = endpoints.needed(["core", feature])
        assert set(core) < set(more), feature


def test_studio_has_what_vpc_only_needs() -> None:
    services = {endpoint.name("eu-west-1") for endpoint in endpoints.needed(["core", "studio"])}
    assert "aws.sagemaker.eu-west-1.studio" in services
    assert {f"com.amazonaws.eu-west-1.{name}" for name in ("s3", "sts", "sagemaker.api", "servicecatalog")} <= services


def test_construct_ids_are_unique() -> None:
    assert len({endpoint.id for endpoint in endpoints.TABLE}) == len(endpoints.TABLE)


@pytest.mark.parametrize("endpoint", endpoints.TABLE, ids=lambda endpoint: endpoint.service)
def test_every_endpoint_has_a_reason_and_a_policy_where_there_can_be_one(endpoint: endpoints.Endpoint) -> None:
    policy = endpoints.policy(endpoint, **POLICY)
    assert endpoint.reason
    assert endpoint.features
    assert (policy is not None) == endpoint.policy
    if policy:
        own = policy["Statement"][0]
        assert own["Condition"]["StringEquals"] == {"aws:PrincipalOrgID": "o-exampleorgid"}
        assert own["Condition"]["StringEqualsIfExists"] == {"aws:ResourceOrgID": "o-exampleorgid"}


AWS_OWNED = {
    "ImageLayers": ("s3:GetObject", "arn:aws:s3:::prod-eu-west-1-starport-layer-bucket/*"),
    "AnswersOfCustomResources": (
        "s3:PutObject",
        "arn:aws:s3:::cloudformation-custom-resource-response-euwest1/*",
    ),
}
PACKAGES = {"PackageAssets": ("s3:GetObject", "arn:aws:s3:::assets-438097961670-eu-west-1/*")}


def let_through(service: str, *features: endpoints.Feature, region: str = "eu-west-1") -> dict[str, tuple[str, str]]:
    """Action and resource of each statement for what AWS owns."""
    policy = endpoints.policy(
        table_entry(service), organization_id="o-exampleorgid", region=region, features=("core", *features)
    )
    assert policy is not None
    return {one["Sid"]: (one["Action"], one["Resource"]) for one in policy["Statement"][1:]}


def test_s3_lets_through_what_aws_owns_and_nothing_else() -> None:
    assert let_through("s3") == AWS_OWNED
    assert let_through("sts", "packages") == {}


def test_files_of_packages_are_let_through_where_packages_are_used() -> None:
    assert let_through("s3", "packages") == AWS_OWNED | PACKAGES
    assert let_through("s3", "hosting", "studio") == AWS_OWNED
    assert "PackageAssets" not in let_through("s3", "packages", region="sa-east-1")  # there is no CodeArtifact there


def test_an_unknown_feature_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown feature"):
        endpoints._endpoint("s3", "core quatsch", "why")
