"""A business unit's accounts: what they may cost in a month, and who is told."""

from aws_cdk import aws_budgets as budgets
from fmops_constructs import names

from constructs import Construct
from foundation.parts import Budget

ALERTS: tuple[tuple[str, int], ...] = (("ACTUAL", 80), ("FORECASTED", 100))
"""(what is compared, percent of the budget) of each message."""


def add_budget(scope: Construct, budget: Budget, environment: str) -> None:
    """The account's monthly budget. An account sees its own costs only, so each has one."""
    told = [
        budgets.CfnBudget.NotificationWithSubscribersProperty(
            notification=budgets.CfnBudget.NotificationProperty(
                comparison_operator="GREATER_THAN",
                notification_type=kind,
                threshold=percent,
                threshold_type="PERCENTAGE",
            ),
            subscribers=[
                budgets.CfnBudget.SubscriberProperty(address=address, subscription_type="EMAIL")
                for address in budget.alerts
            ],
        )
        for kind, percent in ALERTS
    ]
    budgets.CfnBudget(
        scope,
        "Budget",
        budget=budgets.CfnBudget.BudgetDataProperty(
            budget_name=f"{names.PREFIX}-{environment}",
            budget_type="COST",
            time_unit="MONTHLY",
            budget_limit=budgets.CfnBudget.SpendProperty(amount=budget.monthly_usd, unit="USD"),
        ),
        notifications_with_subscribers=told if budget.alerts else None,
    )
