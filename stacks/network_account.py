"""The network account: what all accounts' networks have in common, in one place."""

from typing import Any, ClassVar

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ram as ram
from fmops_constructs import names

from stacks.base import FoundationStack
from stacks.baseline import Baseline
from stacks.network import Network

ROOM = 20
"""Entries that the list may grow to; it counts against the quota of whatever refers to it."""


class AddressPlan(FoundationStack):
    """The organisation's address plan as one list, shared with all its accounts."""

    requires: ClassVar = (Baseline, Network)

    def __init__(self, scope: Any, **settings: Any) -> None:
        super().__init__(scope, **settings)
        plan = self._plan()
        prefixes = ec2.CfnPrefixList(
            self,
            "Networks",
            prefix_list_name=f"{names.PREFIX}-networks",
            address_family="IPv4",
            max_entries=max(ROOM, len(plan)),
            entries=[ec2.CfnPrefixList.EntryProperty(cidr=cidr, description=description) for cidr, description in plan],
        )
        organization = self.foundation.organization
        ram.CfnResourceShare(
            self,
            "Share",
            name=f"{names.PREFIX}-networks",
            allow_external_principals=False,
            resource_arns=[prefixes.attr_arn],
            principals=[
                f"arn:aws:organizations::{organization.management_account}:organization/{organization.id}",
            ],
        )

    def _plan(self) -> list[tuple[str, str]]:
        """(network, whose it is) of everything that may meet."""
        network = self.foundation.network
        return [
            (network.supernet, f"foundation in {self.foundation.regions.home}"),
            *((cidr, f"foundation in {region}") for region, cidr in network.other_supernets.items()),
            *((existing.cidr, name) for name, existing in network.existing.items()),
            *((cidr, "company") for cidr in (network.access.cidrs if network.access else ())),
        ]
