"""What organisation policies are made for: accounts by type, regions, models, and who is not bound.

Plain texts, so that the deployment and the command make the same policies of the same file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from fmops_constructs.models import Allowed, Residency

ALL = "all"
"""In targets: every account of the foundation."""


class Environment(Protocol):
    """An account in a region."""

    @property
    def account_type(self) -> str: ...
    @property
    def account(self) -> str: ...
    @property
    def region(self) -> str: ...


class Model(Protocol):
    """A line of the allow-list of models."""

    @property
    def family(self) -> str: ...
    @property
    def residency(self) -> Residency: ...
    @property
    def account_types(self) -> Sequence[str]: ...


class Settings(Protocol):
    """How policies are made, and for whom they make exceptions."""

    @property
    def targets(self) -> Mapping[Any, Sequence[str]]: ...
    @property
    def administrators(self) -> Sequence[str]: ...
    @property
    def people(self) -> Sequence[str]: ...
    @property
    def trusted_accounts(self) -> Sequence[str]: ...
    @property
    def guardrails(self) -> Mapping[str, str]: ...
    @property
    def block_public_access(self) -> str: ...


class Organization(Protocol):
    """The organisation that owns the accounts."""

    @property
    def id(self) -> str: ...
    @property
    def policies(self) -> Settings: ...


class Regions(Protocol):
    """Where the foundation is."""

    @property
    def home(self) -> str: ...
    @property
    def others(self) -> Sequence[str]: ...


class Foundation(Protocol):
    """What is read of a foundation file; who made it, doesn't matter here."""

    @property
    def organization(self) -> Organization: ...
    @property
    def regions(self) -> Regions: ...
    @property
    def models(self) -> Sequence[Model]: ...
    def environments(self) -> Sequence[Environment]:
        """Every account in every region that it is used in."""


@dataclass(frozen=True)
class Scope:
    """What rules are filled in with.

    Attributes:
        organization: `o-…`.
        regions: that may be used.
        accounts: ids by account type; a type that has none is not there.
        models: by account type, the ARNs of the models that may be asked, wherever a request may end.
        administrators: patterns of ARNs of the landing zone's roles, which no rule about administration binds.
        people: patterns of ARNs of the roles that people may have in a stage.
        trusted_accounts: outside the organisation, and let in by resource control policies.
        guardrails: by region, the guardrail version (ARN:version) that every call of a model gets.
        targets: by account type or `all`, roots, organisational units or accounts instead of the accounts.
        blocks_public_access: a declarative policy blocks the VPCs' public access, and not each account by itself.
    """

    organization: str
    regions: tuple[str, ...]
    accounts: Mapping[str, tuple[str, ...]]
    models: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    administrators: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    trusted_accounts: tuple[str, ...] = ()
    guardrails: Mapping[str, str] = field(default_factory=dict)
    targets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    blocks_public_access: bool = False

    def targets_of(self, audience: str) -> tuple[str, ...]:
        """What a policy for an account type, or for `all`, is attached to."""
        if audience in self.targets:
            return tuple(sorted(self.targets[audience]))
        types = list(self.accounts) if audience == ALL else [audience]
        return tuple(sorted({account for kind in types for account in self.accounts.get(kind, ())}))


def scope(foundation: Foundation) -> Scope:
    """The scope of a foundation.

    Raises:
        LookupError: a model's family is not known.
    """
    environments, settings = foundation.environments(), foundation.organization.policies
    types = sorted({here.account_type for here in environments})
    return Scope(
        organization=foundation.organization.id,
        regions=tuple(sorted((foundation.regions.home, *foundation.regions.others))),
        accounts={
            kind: tuple(sorted({here.account for here in environments if here.account_type == kind})) for kind in types
        },
        models={kind: arns for kind in types if (arns := _models(kind, environments, foundation.models))},
        administrators=tuple(f"arn:aws:iam::*:role/{name}" for name in settings.administrators),
        people=tuple(signed_in(name) for name in settings.people),
        trusted_accounts=tuple(sorted(settings.trusted_accounts)),
        guardrails=dict(sorted(settings.guardrails.items())),
        targets={audience: tuple(found) for audience, found in settings.targets.items()},
        blocks_public_access=settings.block_public_access == "organization",
    )


def _models(kind: str, environments: Sequence[Environment], models: Sequence[Model]) -> tuple[str, ...]:
    lines = [
        Allowed(model.family, model.residency, here.account, here.region)
        for model in models
        for here in environments
        if here.account_type == kind and kind in model.account_types
    ]
    return tuple(sorted({arn for line in lines if line.offered for arn in line.models}))


def signed_in(permission_set: str = "*") -> str:
    """The ARNs of the roles that IAM Identity Center makes of a permission set, in any account.

    https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html
    """
    name = "*" if permission_set == "*" else f"*AWSReservedSSO_{permission_set}_*"
    return f"arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/{name}"
