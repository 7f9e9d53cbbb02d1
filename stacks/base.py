"""What every stack of the foundation is given, and how stacks of one account find what others made."""

from collections.abc import Sequence
from typing import ClassVar

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_ssm as ssm
from fmops_constructs import names
from fmops_constructs.endpoints import Feature
from fmops_constructs.models import Allowed
from fmops_constructs.network import Place

from constructs import Construct
from foundation import Environment, Foundation
from foundation.handoff import LOCK, Handoff, missing, source
from foundation.parts import Access
from foundation.phases import AccountType
from stacks.features import MODEL_USERS, features
from stacks.principals import unit_roles

NOTHING = Handoff()
"""A foundation of which nothing is deployed yet."""


class FoundationStack(cdk.Stack):
    """A stack of one environment.

    Stacks of an account hand ids over by Systems Manager parameters, never by exports: each can be replaced alone.

    Attributes:
        requires: the stacks of the same environment that must stand before it.
        needs: the kinds of minted ids (`foundation.handoff`) without which it can't be synthesised.
    """

    requires: ClassVar[tuple[type["FoundationStack"], ...]] = ()
    needs: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self, scope: Construct, *, foundation: Foundation, environment: Environment, handoff: Handoff = NOTHING
    ) -> None:
        super().__init__(
            scope,
            type(self).__name__,
            description=(type(self).__doc__ or "").splitlines()[0],
            env=cdk.Environment(account=environment.account, region=environment.region),
            termination_protection=environment.production,
        )
        self.foundation = foundation
        self.environment_ = environment
        self._handoff = handoff
        self._keys: dict[str, kms.IKey] = {}
        self._shared_policies: dict[str, iam.IManagedPolicy] = {}

    @property
    def business_unit(self) -> str:
        """The unit that owns this account; only for stacks of a unit's accounts."""
        if self.environment_.business_unit is None:
            raise ValueError(f"{self.environment_.name} belongs to no business unit")
        return self.environment_.business_unit

    @property
    def features(self) -> tuple[Feature, ...]:
        """What this account does in the foundation's phase."""
        here = features(self.environment_.account_type, self.foundation.phase)
        more: tuple[tuple[Feature, bool], ...] = (
            ("models", bool(self.models)),
            ("console", self.access is not None and self.access.console),
        )
        return (*here, *(feature for feature, wanted in more if wanted))

    @property
    def access(self) -> Access | None:
        """How people of the company's network come to this account's; None: they don't."""
        access = self.foundation.network.access
        types = access.account_types if access else ()
        return access if types is None or self.environment_.account_type in types else None

    @property
    def models(self) -> list[Allowed]:
        """The lines of the allow-list that hold in this account."""
        here = self.environment_
        if here.account_type not in MODEL_USERS:
            return []
        return [
            Allowed(line.family, line.residency, here.account, here.region)
            for line in self.foundation.models
            if here.account_type in line.account_types
        ]

    @property
    def tooling(self) -> str:
        """The tooling account's id."""
        return self._shared("tooling")

    @property
    def data_lake(self) -> str:
        """The data lake account's id."""
        return self._shared("data-lake")

    def _shared(self, account_type: AccountType) -> str:
        account = self.foundation.account(account_type)
        if account is None:
            raise ValueError(f"phase {self.foundation.phase} has no {account_type} account")
        return account

    def minted(self, name: str, unit: str | None = None) -> str:
        """An id that AWS minted elsewhere; one of the stack's `needs`.

        Args:
            unit: the business unit that it is for, of a kind that has one for each.

        Raises:
            ConfigError: the lock has none. A stack is left out then, so only a name that isn't in `needs` gets here.
        """
        origin = source(self.foundation, name, self.environment_, unit=unit)
        found = self._handoff.get(origin)
        if found is None:
            raise missing([(self.node.path, origin)], LOCK)
        return found

    def arn_of(self, service: str, resource: str) -> str:
        """An ARN in this account and region, e.g. of `arn_of("sagemaker", "pipeline/*")`."""
        here = self.environment_  # known in Python: `self.region` asks CDK each time
        return f"arn:aws:{service}:{here.region}:{here.account}:{resource}"

    def parameters(self) -> list[str]:
        """ARNs of all parameters that stacks publish in this account."""
        return [self.arn_of("ssm", f"parameter{name}") for name in names.PARAMETERS]

    def roles(self, account_type: AccountType, *roles: str, business_unit: str | None = None) -> list[str]:
        """ARNs of roles in the accounts of a type: of one business unit, or of all of them."""
        return [arn for name in roles for arn in unit_roles(self.foundation, account_type, name, business_unit)]

    def shared(self, name: str) -> iam.IManagedPolicy:
        """A policy that the roles of this account share (`shared_policies`)."""
        if name not in self._shared_policies:
            known = iam.ManagedPolicy.from_managed_policy_name(self, name, names.shared_policy(name))
            self._shared_policies[name] = known
        return self._shared_policies[name]

    def publish(self, id: str, parameter: str, value: str | Sequence[str]) -> None:
        """Publishes an id that AWS minted to the other stacks of the account."""
        if isinstance(value, str):
            ssm.StringParameter(self, id, parameter_name=parameter, string_value=value)
        else:
            ssm.StringListParameter(self, id, parameter_name=parameter, string_list_value=list(value))

    def place(self, *, vpc: bool = True) -> Place:
        """The account's network, as its Network stack published it; functions need not know the VPC's id."""
        return Place(
            ssm.StringParameter.value_for_string_parameter(self, names.VPC_ID) if vpc else "",
            ssm.StringListParameter.value_for_typed_list_parameter(self, names.SUBNET_IDS),
            ssm.StringParameter.value_for_string_parameter(self, names.WORKLOAD_SECURITY_GROUP_ID),
        )

    def key(self, parameter: str) -> kms.IKey:
        """A key of the account, as the stack that made it published it."""
        if parameter not in self._keys:
            arn = ssm.StringParameter.value_for_string_parameter(self, parameter)
            self._keys[parameter] = kms.Key.from_key_arn(self, f"Key{len(self._keys)}", arn)
        return self._keys[parameter]
