"""From a foundation file to accounts that stand: bootstrap, synthesis, deployment, and the catalog's share accepted."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fmops_constructs import names

from fmops import deployment, nag
from fmops.board import Board
from fmops.bootstrap import apply, plan
from fmops.problem import Problem
from fmops.target import Target
from foundation import ConfigError, Foundation
from foundation import load as load_foundation
from foundation.phases import AccountType

ASSEMBLY = Path("build/cdk.out")
LAUNCHERS = ("data-scientist", "ml-engineer")  # the personas who may launch products


def load(path: Path) -> Foundation:
    """The foundation of a file.

    Raises:
        Problem: with every mistake in it, each at its line.
    """
    try:
        return load_foundation(path)
    except ConfigError as error:
        raise Problem(str(error)) from error


def account(foundation: Foundation, account_type: AccountType, business_unit: str | None = None) -> str:
    """The id of an account that a command can't do without.

    Raises:
        Problem: the phase, or the file, has none of that type.
    """
    found = foundation.account(account_type, business_unit)
    if found is None:
        whose = f"{business_unit}'s {account_type}" if business_unit else account_type
        raise Problem(
            f"There is no {whose} account in phase {foundation.phase}.",
            "A later phase has one: set phase and the account's id in the foundation file.",
        )
    return found


def organization(foundation: Foundation) -> dict[str, Any]:
    """What the embedded AWS must know of the organisation: its id, its management account, its accounts' names."""
    return {
        "id": foundation.organization.id,
        "management_account": foundation.organization.management_account,
        "accounts": {environment.account: environment.name for environment in foundation.environments()},
    }


def synthesise(path: Path, foundation: Foundation, board: Board) -> None:
    """Writes the cloud assembly of a foundation file."""
    with board.step("synth") as step:
        deployment.synth(ASSEMBLY, context={"foundation": str(path.resolve())})
        found = nag.read(ASSEMBLY)
        open_ = sum(not finding.acknowledged for finding in found)
        step.note = (
            f"{len(foundation.environments())} environments · {open_} open findings, {len(found) - open_} reviewed"
        )


def roll_out(
    target: Target, foundation: Foundation, path: Path, board: Board, *, patterns: Sequence[str] = ("**",)
) -> int:
    """Synthesises `path`, bootstraps every account for it, deploys `patterns`, connects the catalog.

    Returns:
        How many stacks were deployed.
    """
    accounts = list(dict.fromkeys(environment.account for environment in foundation.environments()))
    tooling = account(foundation, "tooling")
    synthesise(path, foundation, board)
    with board.step("bootstrap") as step:
        plans = plan.plans(ASSEMBLY, foundation, apply.official())
        made = apply.bootstrap(target, plans, progress=step.progress)
        step.note = f"{len(accounts)} accounts" + ("" if made else " · already there")
    with board.step("deploy") as step:
        stacks = deployment.deploy(target, ASSEMBLY, patterns=patterns, account=tooling, progress=step.progress)
        if "**" in patterns:
            connect(target, foundation)
        step.note = f"{len(accounts)} accounts · {stacks} stacks"
    return stacks


def connect(target: Target, foundation: Foundation) -> None:
    """Accepts the catalog's portfolio in tooling and gives the launching personas access to it. May be repeated.

    CloudFormation can't do it in one go: the portfolio's id is minted in governance, the share is accepted in tooling.
    """
    governance, tooling = account(foundation, "governance"), account(foundation, "tooling")
    owner = target.client(target.administrator(governance), "servicecatalog")
    portfolio = next(
        (p["Id"] for p in owner.list_portfolios()["PortfolioDetails"] if p["DisplayName"] == names.PORTFOLIO), None
    )
    if portfolio is None:
        raise Problem(
            f"Account {governance} has no portfolio named {names.PORTFOLIO}.",
            'Deploy it first: cdk deploy "governance/*"',
        )
    catalog = target.client(target.administrator(tooling), "servicecatalog")
    accepted = catalog.list_accepted_portfolio_shares(PortfolioShareType="IMPORTED")["PortfolioDetails"]
    if portfolio not in {entry["Id"] for entry in accepted}:
        catalog.accept_portfolio_share(PortfolioId=portfolio, PortfolioShareType="IMPORTED")
    granted = {p["PrincipalARN"] for p in catalog.list_principals_for_portfolio(PortfolioId=portfolio)["Principals"]}
    for unit in foundation.business_units:
        for persona in LAUNCHERS:
            arn = names.role_arn(tooling, persona, unit)
            if arn not in granted:
                catalog.associate_principal_with_portfolio(PortfolioId=portfolio, PrincipalARN=arn, PrincipalType="IAM")
