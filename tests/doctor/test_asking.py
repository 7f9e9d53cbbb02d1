"""AWS is asked once, with all pages, and never for a change; a refusal is told in words."""

from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber

from fmops.doctor.asking import Aws, Unasked, Unreachable
from fmops.problem import Problem
from fmops.target import Target

KEYS = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "eu-west-1"}


class Stubbed(Target):
    """An AWS whose clients are made beforehand, one per service."""

    def administrator(self, account: str) -> Any:
        if account == "closed":
            raise Problem("Can't act as arn:aws:iam::closed:role/x: AccessDenied")
        return f"{account} in {self.region}"

    def base(self) -> Any:
        return f"base in {self.region}"

    def client(self, session: Any, service: str) -> Any:
        made.append((session, service))
        return clients[service]


made: list[tuple[Any, str]] = []
clients: dict[str, Any] = {}


@pytest.fixture
def stubs(monkeypatch: pytest.MonkeyPatch) -> dict[str, Stubber]:
    """A stubbed client per service that these tests ask."""
    made.clear()
    clients.update({name: boto3.client(name, **KEYS) for name in ("organizations", "cloudformation", "service-quotas")})
    found = {name: Stubber(client) for name, client in clients.items()}
    for stub in found.values():
        stub.activate()
    return found


def aws(endpoint: str | None = None) -> Aws:
    return Aws(Stubbed("test", "eu-west-1", endpoint))


def test_all_pages_are_one_answer_and_are_asked_once(stubs: dict[str, Stubber]) -> None:
    for token, more in ((None, "next"), ("next", None)):
        policies = [{"Id": "p-12345678", "Name": token or "first"}]
        answer = {"Policies": policies, **({"NextToken": more} if more else {})}
        asked = {"Filter": "SERVICE_CONTROL_POLICY", **({"NextToken": token} if token else {})}
        stubs["organizations"].add_response("list_policies", answer, asked)
    one = aws()
    for _ in range(2):
        found = one.ask(None, "us-east-1", "organizations", "list_policies", Filter="SERVICE_CONTROL_POLICY")
        assert [policy["Name"] for policy in found["Policies"]] == ["first", "next"]
    stubs["organizations"].assert_no_pending_responses()
    assert made == [("base in us-east-1", "organizations")]


def test_an_account_is_asked_as_its_administrator_in_its_region(stubs: dict[str, Stubber]) -> None:
    quota = {"ServiceCode": "vpc", "QuotaCode": "L-F678F1CE"}
    stubs["service-quotas"].add_response("get_service_quota", {"Quota": {"Value": 5.0}}, quota)
    assert aws().ask("000000000022", "us-east-1", "service-quotas", "get_service_quota", **quota)["Quota"]["Value"] == 5
    assert made == [("000000000022 in us-east-1", "service-quotas")]


@pytest.mark.parametrize("operation", ["create_policy", "enable_policy_type", "delete_policy"])
def test_what_would_change_something_is_never_sent(operation: str, stubs: dict[str, Stubber]) -> None:
    with pytest.raises(AssertionError, match="only reads"):
        aws().ask(None, "eu-west-1", "organizations", operation)
    assert made == []


@pytest.mark.parametrize(
    ("code", "endpoint", "why", "remedy"),
    [
        ("AccessDeniedException", None, "no right to ask organizations:ListRoots", "management account"),
        ("InvalidAction", "http://localhost", "the embedded AWS has no organizations:ListRoots", "--target aws"),
        ("InvalidAction", None, "organizations:ListRoots answered InvalidAction: the words", ""),
        ("ServiceException", "http://localhost", "organizations:ListRoots answered ServiceException: the words", ""),
    ],
)
def test_a_refusal_is_told(code: str, endpoint: str | None, why: str, remedy: str, stubs: dict[str, Stubber]) -> None:
    stubs["organizations"].add_client_error("list_roots", code, "the words")
    one = aws(endpoint)
    for _ in range(2):  # refused once, it isn't asked again
        with pytest.raises(Unasked) as told:
            one.ask(None, "eu-west-1", "organizations", "list_roots")
        assert (told.value.why, told.value.code) == (why, code)
        assert remedy in told.value.remedy


def test_a_right_that_a_member_lacks_is_to_be_given_there(stubs: dict[str, Stubber]) -> None:
    stubs["cloudformation"].add_client_error("describe_stacks", "AccessDenied", "no")
    with pytest.raises(Unasked) as told:
        aws().ask("000000000022", "eu-west-1", "cloudformation", "describe_stacks")
    assert told.value.remedy.startswith("Allow cloudformation:DescribeStacks to OrganizationAccountAccessRole")


def test_an_account_that_is_closed_is_told_with_awss_words() -> None:
    with pytest.raises(Unreachable) as told:
        aws().ask("closed", "eu-west-1", "cloudformation", "describe_stacks")
    assert "AccessDenied" in told.value.detail
    assert "arn:" not in told.value.why  # so that many accounts say the same


def test_no_answer_at_all_is_told(stubs: dict[str, Stubber], monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(**_: Any) -> Any:
        raise EndpointConnectionError(endpoint_url="https://x")

    monkeypatch.setattr(clients["organizations"], "describe_organization", unreachable)
    with pytest.raises(Unasked, match="gave no answer"):
        aws().ask(None, "eu-west-1", "organizations", "describe_organization")
