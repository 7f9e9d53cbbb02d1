"""Tooling, per business unit: what each kind of person may do there. Who trains cannot take a model to production.

Which roles there are and what each may do is the access matrix's (`foundation/access/matrix.yaml`). A person acts on
the own unit's projects only, and launches for the own unit only: by the portfolio that its people reach and the
template constraint there (`catalog`, `catalog_access`); IAM knows no key for a product's parameters.
"""

from typing import Any, ClassVar

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from fmops_constructs import names
from fmops_constructs.iam import Policy

from constructs import Construct
from foundation.access import current
from stacks import access
from stacks.base import FoundationStack
from stacks.baseline import Baseline


class Personas(FoundationStack):
    """The roles that people take in tooling, per business unit."""

    requires: ClassVar = (Baseline,)

    def __init__(self, scope: Any, **settings: Any) -> None:
        super().__init__(scope, **settings)
        matrix = current()
        roles = {role: matrix.of_role(role, "tooling") for role in access.roles_of_units("tooling")}
        held = {capability for capabilities in roles.values() for capability in capabilities}
        policies = {
            name: Policy(
                self,
                access.construct_id(name),
                description=capability.what,
                statements=access.statements(self, name),
            )
            for name, capability in matrix.capabilities.items()
            if name in held
        }
        for unit in self.foundation.business_units:
            scope = Construct(self, unit)
            cdk.Tags.of(scope).add(names.UNIT_TAG, unit)
            for role, capabilities in roles.items():
                granted = [*self._also(capabilities), *(policies[name] for name in capabilities)]
                access.persona_role(self, scope, role, unit=unit, policies=granted)

    def _also(self, capabilities: list[str]) -> list[iam.IManagedPolicy]:
        return [self.shared(access.SHARED[name]) for name in capabilities if name in access.SHARED]
