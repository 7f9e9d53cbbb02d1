"""A request, who makes it, what it is about, and which policies have a say.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from fmops.verify.policy.documents import Clause, Policy

PrincipalKind = Literal["role", "user", "root", "federated user", "service", "web identity", "canonical", "anonymous"]
Context = Mapping[str, str | tuple[str, ...]]
"""Values of context keys; a tuple for a key of many values. Keys are compared in any case."""


@dataclass(frozen=True)
class Principal:
    """Who makes a request, one of AWS's kinds.

    Attributes:
        kind: `role` stands for a session of it.
        id: its ARN for role, user, root and federated user (`arn:aws:iam::111122223333:role/path/name`); else the
            service's name, the identity provider, the canonical id, or `*` for anonymous.
        account: twelve digits; empty for those without one.
        session: the session's ARN of a role, e.g. `arn:aws:sts::111122223333:assumed-role/name/session`.
        organisation: `o-…`, empty for none or not known.
        organisation_path: e.g. `o-a1/r-b2/ou-c3/`, as aws:PrincipalOrgPaths has it.
        tags: of the principal and its session; None where they aren't known, so that they can be anything.
    """

    kind: PrincipalKind
    id: str
    account: str = ""
    session: str = ""
    organisation: str = ""
    organisation_path: str = ""
    tags: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Anyone:
    """Every AWS principal, but those that are excepted: for questions about outsiders. What their own account lets
    them do isn't known, so it is taken to be everything.

    Attributes:
        except_accounts: accounts that they aren't of.
        except_arns: patterns of ARNs that they don't have.
        organisation: that they all are of; None for any, or none.
        except_organisation: that none of them is of.
        anonymous: whether requests without credentials count too.
    """

    except_accounts: tuple[str, ...] = ()
    except_arns: tuple[str, ...] = ()
    organisation: str | None = None
    except_organisation: str | None = None
    anonymous: bool = True


@dataclass(frozen=True)
class Caller:
    """A principal and the policies that say what it may do.

    Attributes:
        identity: its identity policies; None where they aren't known: taken to allow everything.
        boundary: its permissions boundary.
        session: session policies; none of them is no limit.
        scps: levels from the root to the account, each the policies attached there; each level must allow. None at
            all is no organisation, the management account, a service-linked role or a service.
    """

    principal: Principal | Anyone
    identity: tuple[Policy, ...] | None = ()
    boundary: Policy | None = None
    session: tuple[Policy, ...] = ()
    scps: tuple[tuple[Policy, ...], ...] = ()


@dataclass(frozen=True)
class Target:
    """What a request is about, and the policies that guard it.

    Attributes:
        account: that owns it.
        policy: its resource policy, trust policy or key policy.
        policy_decides: an identity policy alone is not enough: KMS keys and roles' trust policies.
        rcps: levels as for SCPs.
        organisation: of the account, for aws:ResourceOrgID.
        organisation_path: for aws:ResourceOrgPaths.
        tags: None where they aren't known, so that they can be anything.
    """

    account: str
    policy: Policy | None = None
    policy_decides: bool = False
    rcps: tuple[tuple[Policy, ...], ...] = ()
    organisation: str = ""
    organisation_path: str = ""
    tags: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Situation:
    """Everything that decides about requests of a caller to a target.

    Attributes:
        endpoints: policies of the VPC endpoints, by their ids: the one that aws:SourceVpce names must allow. An
            endpoint that isn't here is somebody else's, and is taken to let everything through.
    """

    caller: Caller
    target: Target
    endpoints: Mapping[str, Policy] = field(default_factory=dict)


@dataclass(frozen=True)
class Request:
    """One request, as a situation sees it.

    Attributes:
        principal: who makes it.
        action: e.g. `s3:GetObject`.
        resource: its ARN, or `*` for actions without one.
        context: what the request tells beside what follows from principal and target (aws:PrincipalArn,
            aws:PrincipalAccount, aws:ResourceAccount ...).
    """

    principal: Principal
    action: str
    resource: str
    context: Context = field(default_factory=dict)


@dataclass(frozen=True)
class Question:
    """Which requests a claim is about.

    Attributes:
        actions: patterns, e.g. `s3:GetObject`, `kms:*`.
        resources: patterns of ARNs.
        where: clauses that hold for them all (`documents.conditions` reads a Condition block).
        unless: blocks of clauses none of which holds for them: each block is an exception.
        but: patterns of ARNs that their resource doesn't match.
    """

    actions: tuple[str, ...]
    resources: tuple[str, ...] = ("*",)
    where: tuple[Clause, ...] = ()
    unless: tuple[tuple[Clause, ...], ...] = ()
    but: tuple[str, ...] = ()
