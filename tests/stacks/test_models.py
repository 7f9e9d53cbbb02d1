"""Foundation models and money: nobody calls a model that is not listed, and each account has a budget (R39)."""

import copy
import re
from collections.abc import Iterator
from typing import Any

import pytest

from foundation import Foundation
from tests.assemblies import Template, Templates, as_list, example, resources, statements

ASK = ("bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream", "bedrock:Converse", "bedrock-mantle:")


def unlisted(templates: Templates, foundation: Foundation) -> Iterator[str]:
    """Statements of identities that let a model be called which `models` does not name for the account's type."""
    types = {environment.name: environment.account_type for environment in foundation.environments()}
    for where, statement in statements(templates):
        asks = any(str(action).startswith(ASK) for action in as_list(statement.get("Action")))
        if statement["Effect"] != "Allow" or not asks:
            continue
        here = types.get(where.partition("/")[0].rpartition("-")[0])
        families = "|".join(re.escape(model.family) for model in foundation.models if here in model.account_types)
        listed = re.compile(rf":(foundation-model/|inference-profile/\w+\.)({families or '$.'})")
        yield from (
            f"{where}: {resource}"
            for resource in map(str, as_list(statement.get("Resource")))
            if not listed.search(resource)
        )


def allowing(templates: Templates, stack: str, resource: str) -> Templates:
    """The templates with a policy that lets a model be called."""
    spoilt = copy.deepcopy(templates)
    statement = {"Effect": "Allow", "Action": ["bedrock:InvokeModel"], "Resource": resource}
    policy = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": {"Statement": [statement]}}}
    spoilt[stack]["Resources"]["Ask"] = policy
    return spoilt


def test_nobody_calls_a_model_that_is_not_listed(templates: Templates) -> None:
    assert list(unlisted(templates, example())) == []


MODEL = "arn:aws:bedrock:eu-west-1::foundation-model/"
PROFILE = "arn:aws:bedrock:eu-west-1:000000000021:inference-profile/eu."


@pytest.mark.parametrize(
    ("stack", "resource", "seen"),
    [
        ("retail-experimentation-Experimentation", f"{MODEL}anthropic.claude-sonnet-4-v1:0", False),
        ("retail-experimentation-Experimentation", f"{PROFILE}anthropic.claude-sonnet-4-v1:0", False),
        ("retail-experimentation-Experimentation", f"{MODEL}amazon.nova-lite-v1:0", True),
        ("retail-experimentation-Experimentation", "*", True),
        ("tooling-Tooling", f"{MODEL}anthropic.claude-sonnet-4-v1:0", True),
    ],
)
def test_a_model_that_is_not_listed_would_be_seen(templates: Templates, stack: str, resource: str, seen: bool) -> None:
    assert bool(list(unlisted(allowing(templates, stack, resource), example()))) == seen


def budgets(templates: Templates) -> dict[str, dict[str, Any]]:
    """The budget of each environment that has one."""
    return {
        where.partition("/")[0].removesuffix("-Baseline"): resource["Properties"]
        for where, resource in resources(templates, "AWS::Budgets::Budget")
    }


def test_each_account_of_a_unit_has_the_units_budget(templates: Templates) -> None:
    wanted = {
        one.name
        for one in example().environments()
        if one.home and one.business_unit and example().business_units[one.business_unit].budget
    }
    assert set(budgets(templates)) == wanted != set()
    limits = {str(one["Budget"]["BudgetLimit"]["Amount"]) for one in budgets(templates).values()}
    assert limits == {"2000"}


def alerts(budget: Template) -> set[tuple[str, int, str]]:
    """(what is compared, percent, who is told) of each message."""
    return {
        (
            one["Notification"]["NotificationType"],
            one["Notification"]["Threshold"],
            ",".join(subscriber["Address"] for subscriber in one["Subscribers"]),
        )
        for one in budget["NotificationsWithSubscribers"]
    }


def test_people_are_told_before_the_money_is_gone(templates: Templates) -> None:
    told = "ml-platform@example.com"
    for budget in budgets(templates).values():
        assert alerts(budget) == {("ACTUAL", 80, told), ("FORECASTED", 100, told)}
