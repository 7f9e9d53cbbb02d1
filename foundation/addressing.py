"""Which part of the supernet an environment gets.

The rule: an environment's network is one of the 256 equal parts of the supernet. The first eight parts belong to the
shared accounts, each in its own fixed place; a business unit has the eight parts from `8 * (index + 1)` on, and in them
each account its fixed place. A business unit's index is `business_units.<name>.index`, or else the lowest free number
in file order. So an account that is added moves no other, and neither does a business unit that is added at the end (or
anywhere, when indexes are given).
"""

from collections.abc import Mapping
from ipaddress import IPv4Network

from foundation.phases import AccountType

PARTS = 256
BLOCK = 8
SUBNETS = 4
"""An environment's network is cut into this many subnets, however many availability zones it has."""
LARGEST_INDEX = PARTS // BLOCK - 2
SHARED: tuple[AccountType, ...] = ("governance", "tooling", "data-lake", "network")
OF_BUSINESS_UNIT: tuple[AccountType, ...] = (
    "experimentation",
    "dev",
    "preprod",
    "prod",
    "application-dev",
    "application-preprod",
    "application-prod",
)


def indexes(given: Mapping[str, int | None]) -> dict[str, int]:
    """Each business unit's index: the given one, else the lowest that is free, in the order of the file."""
    taken = {index for index in given.values() if index is not None}
    free = (index for index in range(LARGEST_INDEX + 1) if index not in taken)
    return {name: next(free) if index is None else index for name, index in given.items()}


def network(supernet: IPv4Network, account_type: AccountType, index: int | None) -> IPv4Network:
    """The network of an account.

    Args:
        supernet: a network of /8 to /16.
        account_type: one of `SHARED` when `index` is None, else one of `OF_BUSINESS_UNIT`.
        index: the business unit's index.
    """
    part = SHARED.index(account_type) if index is None else BLOCK * (index + 1) + OF_BUSINESS_UNIT.index(account_type)
    size = 1 << (32 - supernet.prefixlen - 8)
    return IPv4Network((int(supernet.network_address) + part * size, supernet.prefixlen + 8))
