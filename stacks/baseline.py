"""Every account: the keys, the policies that all share, the budget. The boundary of all roles is the bootstrap's."""

from typing import Any

from fmops_constructs import names
from fmops_constructs.iam import Policy
from fmops_constructs.keys import Key, for_logs

from foundation.access import current
from stacks import access, principals, shared_policies
from stacks.base import FoundationStack
from stacks.costs import add_budget


class Baseline(FoundationStack):
    """Keys, shared policies and budget of one account."""

    def __init__(self, scope: Any, **settings: Any) -> None:
        super().__init__(scope, **settings)
        self._keys_of_the_account()
        if self.environment_.home:
            self._once_per_account()

    def _once_per_account(self) -> None:
        """What an account has once, whatever regions it uses: identities, and its budget."""
        shared_policies.add(self, self.features, self.foundation)
        self._platform()
        unit = self.environment_.business_unit
        budget = self.foundation.business_units[unit].budget if unit else None
        if budget:
            add_budget(self, budget, self.environment_.name)

    def _platform(self) -> None:
        """Who looks after an account that all share reads its stacks; deployments change them."""
        here = access.made(self.foundation, self.environment_.account_type)
        for role in current().roles_with("inspect", self.environment_.account_type):
            if role in here and current().persons(self.foundation.people, role):
                inspect = Policy(
                    self,
                    "Inspect",
                    description=current().capabilities["inspect"].what,
                    statements=access.statements(self, "inspect"),
                )
                access.persona_role(self, self, role, unit=None, policies=[inspect])

    def _keys_of_the_account(self) -> None:
        users = principals.data_key_users(self.foundation, self.environment_)
        data = Key(self, "DataKey", purpose="data", description="Data at rest in this account", users=users)
        logs = Key(
            self,
            "LogsKey",
            purpose="logs",
            description="Logs of this account",
            statements=[for_logs(self.account, self.region)],
        )
        self.publish("DataKeyArn", names.DATA_KEY_ARN, data.key_arn)
        self.publish("LogsKeyArn", names.LOGS_KEY_ARN, logs.key_arn)
