"""The endpoint table: what follows from features, what the policies say, and which names lead there."""

from dataclasses import replace
from typing import Any

import pytest
from fmops_constructs import endpoints
from fmops_constructs.endpoints.table import row

POLICY: dict[str, Any] = {"organization_id": "o-exampleorgid", "region": "eu-west-1"}


def table_entry(service: str) -> endpoints.Endpoint:
    return next(endpoint for endpoint in endpoints.TABLE if endpoint.service == service)


def test_each_feature_adds_to_the_core() -> None:
    core = endpoints.needed(["core"])
    assert [endpoint.service for endpoint in core] == ["s3", "sts", "kms", "logs", "monitoring", "dynamodb"]
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
def test_every_endpoint_that_supports_a_policy_has_one(endpoint: endpoints.Endpoint) -> None:
    policy = endpoints.policy(endpoint, **POLICY)
    assert endpoint.reason
    assert endpoint.features
    assert (policy is not None) == endpoint.policy
    assert policy is None or unlimited(policy) == []


def unlimited(policy: dict[str, Any]) -> list[str]:
    """Statements that let through everybody, or reach everything, without asking for the organisation."""
    asks = ({"aws:PrincipalOrgID": "o-exampleorgid"}, {"aws:ResourceOrgID": "o-exampleorgid"})
    return [
        one["Sid"]
        for one in policy["Statement"]
        if one["Resource"] == "*" and one.get("Condition", {}).get("StringEquals") not in asks
    ]


def test_a_policy_that_asks_for_nothing_would_be_seen() -> None:
    policy = endpoints.policy(table_entry("sts"), **POLICY)
    assert policy
    del policy["Statement"][0]["Condition"]
    assert unlimited(policy) == ["OwnPrincipalsOwnResources"]


def unbacked(table: tuple[endpoints.Endpoint, ...]) -> list[str]:
    """Services of which nobody says that they take a policy, and that get one; or a page that nobody names."""
    return [
        one.service
        for one in table
        if (one.policy and one.backing == "nobody") or (one.backing == "page" and not one.page)
    ]


def test_somebody_says_of_each_service_that_it_takes_a_policy() -> None:
    assert unbacked(endpoints.TABLE) == []
    assert [one.service for one in endpoints.TABLE if one.backing == "answer"] == [
        "servicecatalog",
        "codepipeline",
        "events",
    ]
    assert [one.service for one in endpoints.TABLE if not one.policy] == ["codepipeline", "console-static"]


def test_a_policy_on_hearsay_would_be_seen() -> None:
    sts = table_entry("sts")
    assert unbacked((replace(sts, backing="nobody"), replace(sts, page=""))) == ["sts", "sts"]


def test_most_services_ask_for_both_sides() -> None:
    policy = endpoints.policy(table_entry("cloudformation"), **POLICY)
    assert policy
    (own,) = policy["Statement"]
    assert own["Condition"] == {
        "StringEquals": {"aws:PrincipalOrgID": "o-exampleorgid"},
        "StringEqualsIfExists": {"aws:ResourceOrgID": "o-exampleorgid"},
    }


def test_nobody_signs_in_to_another_organisations_account() -> None:
    policy = endpoints.policy(table_entry("signin"), **POLICY)
    assert policy
    before, after = policy["Statement"]
    assert (before["Action"], before["Condition"]) == (
        "signin:Authenticate",
        {"StringEquals": {"aws:ResourceOrgID": "o-exampleorgid"}},
    )
    assert after["Condition"] == {"StringEquals": {"aws:PrincipalOrgID": "o-exampleorgid"}}
    assert "signin:CreateAccount" not in str(policy)


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
        row("s3", "core quatsch", "why", "page")


def leads_to(names: list[str], host: str) -> bool:
    """Whether a list of names, where `*.` stands for all names below, has a host."""
    return any(host == name or (name.startswith("*.") and host.endswith(name[1:])) for name in names)


HOSTS = (
    "sts.eu-west-1.amazonaws.com",
    "api.sagemaker.eu-west-1.amazonaws.com",
    "runtime.sagemaker.eu-west-1.amazonaws.com",
    "d-abc.studio.eu-west-1.sagemaker.aws",
    "eu-west-1.experiments.sagemaker.aws",
    "000000000011.dkr.ecr.eu-west-1.amazonaws.com",
    "fs-1.efs.eu-west-1.amazonaws.com",
    "fmops-000000000011.d.codeartifact.eu-west-1.amazonaws.com",
    "fmops-artifacts-000000000011-eu-west-1.s3.eu-west-1.amazonaws.com",
    "prod-eu-west-1-starport-layer-bucket.s3.eu-west-1.amazonaws.com",
    "cloudformation-custom-resource-response-euwest1.s3-eu-west-1.amazonaws.com",
    "ip-10-64-0-1.eu-west-1.compute.internal",
)


def test_what_studio_looks_up_leads_to_its_endpoints() -> None:
    names = endpoints.looked_up(["core", "studio", "source", "packages", "catalog", "requests"], "eu-west-1")
    assert [host for host in HOSTS if not leads_to(names, host)] == []
    assert names == sorted(set(names))


@pytest.mark.parametrize("host", ["example.com", "evil.amazonaws.com", "sts.us-east-1.amazonaws.com", "pypi.org"])
def test_other_names_are_not_looked_up(host: str) -> None:
    assert not leads_to(endpoints.looked_up(endpoints.FEATURES, "eu-west-1"), host)


def test_names_without_a_region_are_us_east_1s() -> None:
    answers = "cloudformation-custom-resource-response-useast1.s3.amazonaws.com"
    assert leads_to(endpoints.looked_up(["core"], "us-east-1"), answers)
    assert not leads_to(endpoints.looked_up(["core"], "eu-west-1"), answers)
