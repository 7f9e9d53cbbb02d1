"""The organisation and its accounts are the configured ones, and can be entered."""

from typing import Any

import pytest

from fmops.doctor import accounts
from fmops.doctor.asking import Unasked, Unreachable
from tests.doctor.telling import ACCOUNT, Telling, found, scene, stack, told

OURS = {"Organization": {"Id": "o-exampleorgid", "MasterAccountId": "000000000001"}}
STACK = stack({"Key": "AWS::KMS::Key"})


def aws(**answers: Any) -> Telling:
    return Telling(**{"get_caller_identity": {"Account": ACCOUNT}, "describe_organization": OURS, **answers})


def test_ours_is_fine() -> None:
    looked = scene(aws(), STACK)
    assert told(accounts.ORGANIZATION, looked) == told(accounts.ACCOUNTS, looked) == []
    assert {account for account, *_ in aws().asked} <= {None, ACCOUNT}


@pytest.mark.parametrize("check", [accounts.ORGANIZATION, accounts.ACCOUNTS])
@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({"Id": "o-another0001"}, "organization.id is o-exampleorgid, and AWS says o-another0001"),
        ({"MasterAccountId": "9" * 12}, f"organization.management_account is 000000000001, and AWS says {'9' * 12}"),
    ],
)
def test_another_organisation_is_a_problem(check: Any, answer: dict[str, str], message: str) -> None:
    other = {"Organization": {**OURS["Organization"], **answer}}
    assert told(check, scene(aws(describe_organization=other), STACK)) == [("PROBLEM", message)]


def test_an_account_without_organisation_is_a_problem() -> None:
    none = Unasked("…", code="AWSOrganizationsNotInUseException")
    (finding,) = found(accounts.ACCOUNTS, scene(aws(describe_organization=none), STACK))
    assert (finding.verdict, finding.message) == ("PROBLEM", "it is in no organisation")
    assert finding.place == "retail-dev (000000000022)"
    assert "o-exampleorgid" in finding.remedy


def test_an_account_that_cannot_be_entered_is_a_problem_with_awss_words() -> None:
    closed = Unreachable("Can't act as arn:x: not authorized")
    (finding,) = found(accounts.ACCOUNTS, scene(aws(get_caller_identity=closed), STACK))
    assert finding.verdict == "PROBLEM"
    assert "not authorized" in finding.message


def test_no_right_to_ask_is_not_checked() -> None:
    looked = scene(Telling(get_caller_identity={}), STACK)
    assert told(accounts.ACCOUNTS, looked) == [("NOT CHECKED", "no right to ask organizations:describe_organization")]
