"""Private REST APIs: AWS's host names, and resource policies that know the endpoint a call came over."""

from collections.abc import Iterator
from typing import Any

import pytest
from ministack.services import apigateway_v1, ec2

from fmops.local import context
from fmops.local.services import apigateway

ACCOUNT, REGION, API, ENDPOINT = "000000000025", "eu-west-1", "ab12cd34", "vpce-0123456789abcdef0"
HOST = f"{API}.execute-api.{REGION}.amazonaws.com"
CALL = (API, "dev", "GET", "/messages", ACCOUNT, REGION)


def policy(*endpoints: str) -> dict[str, Any]:
    invoke = {"Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}
    only = {"StringNotEquals": {"aws:SourceVpce": list(endpoints)}}
    return {"Statement": [{"Effect": "Allow", **invoke}, {"Effect": "Deny", **invoke, "Condition": only}]}


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """A private API in an account that has an endpoint for such."""
    monkeypatch.setattr(apigateway.app, "AUTH", True)
    record: dict[str, Any] = {"id": API, "endpointConfiguration": {"types": ["PRIVATE"]}, "policy": policy(ENDPOINT)}
    with context.scope(ACCOUNT, REGION):
        apigateway_v1._rest_apis[API] = record
        ec2._vpc_endpoints[ENDPOINT] = {"ServiceName": f"com.amazonaws.{REGION}.execute-api"}
    yield record
    with context.scope(ACCOUNT, REGION):
        del apigateway_v1._rest_apis[API], ec2._vpc_endpoints[ENDPOINT]
    apigateway._endpoint.set(None)


def refused() -> bool:
    """Whether the API's policy keeps the call out."""
    return apigateway.refusal(*CALL) is not None


def test_a_host_names_api_and_endpoint() -> None:
    assert apigateway.parse_host(HOST, "/dev/messages/1") == (API, "dev", "/messages/1")
    assert apigateway.parse_host(f"{HOST}:4566", "/dev") == (API, "dev", "/")
    assert apigateway.parse_host(f"{API}-{ENDPOINT}.execute-api.{REGION}.amazonaws.com", "/dev/") == (API, "dev", "/")


@pytest.mark.parametrize("host", ["127.0.0.1:4566", "s3.amazonaws.com", f"{HOST}.example.com", "a.b.execute-api"])
def test_another_host_is_not_an_apis(host: str) -> None:
    assert apigateway.parse_host(host, "/dev/") is None


def test_an_apis_id_is_enough_to_find_it(api: dict[str, Any]) -> None:
    assert apigateway.scope_of(API) == (ACCOUNT, REGION)
    assert apigateway.scope_of("00000000") is None


def test_it_is_reached_over_the_endpoint_that_its_policy_names(api: dict[str, Any]) -> None:
    assert not refused()
    apigateway.parse_host(f"{API}-vpce-0fedcba9876543210.execute-api.{REGION}.amazonaws.com", "/dev/")
    assert refused()


def test_without_an_endpoint_of_the_network_nobody_comes_in(api: dict[str, Any]) -> None:
    api["policy"] = policy("vpce-00000000000000000")
    assert refused()


def test_a_private_api_without_a_policy_lets_nobody_in(api: dict[str, Any]) -> None:
    api["policy"] = None
    assert refused()
    api["endpointConfiguration"] = {"types": ["REGIONAL"]}
    assert not refused()
