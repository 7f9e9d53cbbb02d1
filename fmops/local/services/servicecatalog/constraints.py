"""Template constraints: a portfolio's rules for the parameters of a product, checked by CloudFormation at a launch."""

import json
from typing import Any

from ministack.services.cloudformation import engine

from fmops.local import context, identity, store
from fmops.local.registry import AwsError, Model, lifecycle
from fmops.local.services.servicecatalog.catalog import invalid

TEMPLATE = "AWS::ServiceCatalog::LaunchTemplateConstraint"


def _rules(text: str) -> dict[str, Any]:
    try:
        rules: dict[str, Any] = json.loads(text)
        engine._check_rules_section({"Rules": rules})
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise invalid(f"Invalid template constraint rules: {error}") from error
    return rules


@lifecycle(TEMPLATE)
def _constraint(model: Model | None, previous: Model | None) -> None:
    if model is None:
        return
    _rules(model["Rules"])
    if previous is None:
        model["Id"] = identity.unique("cons-")


def of(owner: str, portfolio: str, product: str) -> list[str]:
    """The rules of a product in a portfolio, as JSON."""
    with context.scope(owner, context.region()):
        rows = store.list_(TEMPLATE)
    wanted = (portfolio, product)
    return [str(row["Rules"]) for row in rows if (row["PortfolioId"], row["ProductId"]) == wanted]


def check(rules: list[str], parameters: dict[str, Any], values: dict[str, str]) -> None:
    """Refuses values that a rule doesn't let pass.

    Args:
        parameters: as the template declares them.
        values: what the launch gives; declared defaults count for the rest.

    Raises:
        AwsError: ValidationError, with the rule's own words.
    """
    given = {name: str(spec["Default"]) for name, spec in parameters.items() if "Default" in spec} | values
    for text in rules:
        try:
            known = {name: {"Value": value} for name, value in given.items()}
            engine._evaluate_rules({"Rules": _rules(text), "Parameters": parameters}, known, {})
        except ValueError as error:
            raise AwsError("ValidationError", str(error)) from error
