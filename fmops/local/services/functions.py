"""Lambda functions of one name in several accounts: one account's change leaves the others' workers alone."""

from typing import Any

from ministack.services import lambda_svc

from fmops.local import context


def install() -> None:
    """ministack ends the workers of all accounts when a function's settings change: here it says whose."""
    end = lambda_svc.invalidate_worker

    def own(name: str, qualifier: Any = None, account: str | None = None, region: str | None = None) -> None:
        end(name, qualifier=qualifier, account=account or context.account(), region=region or context.region())

    lambda_svc.invalidate_worker = own
