"""What an estate is made of: principals, guarded resources, endpoints, and the organisation's policies."""

from dataclasses import dataclass
from typing import Literal

from fmops.verify.estate.documents import Written
from fmops.verify.templates import Resource


@dataclass(frozen=True)
class Holder:
    """A role, user or group, and everything that says what it may do.

    Attributes:
        arn: as requests name it.
        identity: managed, inline and AWS-managed policies, and those of its groups.
        boundary: its permissions boundary; None where it has none.
        boundary_name: what the template names as boundary; empty where it has none.
        trust: who may assume it; None for users and groups.
    """

    resource: Resource
    kind: Literal["role", "user", "group"]
    arn: str
    name: str
    account: str
    identity: tuple[Written, ...]
    boundary: Written | None = None
    boundary_name: str = ""
    trust: Written | None = None


@dataclass(frozen=True)
class Guarded:
    """A resource, and a policy that says who may use it.

    Attributes:
        resource: that holds the policy, such as a bucket policy.
        noun: what it guards, e.g. `bucket`.
        arns: of what it guards, children too: `arn:aws:s3:::b`, `arn:aws:s3:::b/*`.
        actions: what can be done with it, e.g. `s3:*`.
        decides: an identity policy alone is not enough, as for keys.
    """

    resource: Resource
    noun: str
    arns: tuple[str, ...]
    account: str
    actions: tuple[str, ...]
    policy: Written
    decides: bool = False


@dataclass(frozen=True)
class Endpoint:
    """A VPC endpoint and its policy; None is AWS's own, which lets everything through."""

    resource: Resource
    id: str
    service: str
    policy: Written | None


@dataclass(frozen=True)
class Control:
    """A policy of the organisation.

    Attributes:
        kind: `scp` or `rcp`.
        targets: accounts, units or roots that it is attached to.
    """

    resource: Resource
    kind: Literal["scp", "rcp"]
    policy: Written
    targets: tuple[str, ...]


@dataclass(frozen=True)
class Estate:
    """All of it.

    Attributes:
        accounts: that the templates are for.
        buckets: ARNs of buckets, which don't say whose they are.
    """

    holders: tuple[Holder, ...] = ()
    guarded: tuple[Guarded, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()
    controls: tuple[Control, ...] = ()
    accounts: tuple[str, ...] = ()
    buckets: tuple[str, ...] = ()
