"""Organisation policies as code: what holds above every account's administrator. Pure data: no CDK.

`scope` says what they are made for, `policies` makes them, each rule stands in a module by what it is about.
"""

from fmops_constructs.organization.policies import OrganizationPolicy, policies
from fmops_constructs.organization.rules import RULES
from fmops_constructs.organization.scope import Scope, scope

__all__ = ["RULES", "OrganizationPolicy", "Scope", "policies", "scope"]
