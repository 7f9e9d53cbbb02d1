"""Whom and what templates hold, and every policy that has a say: ready for the proof of who may do what."""

from collections.abc import Mapping
from typing import Any

from fmops.verify.estate import arns, endpoints, guarded, organization, permission_sets, principals
from fmops.verify.estate.model import Control, Endpoint, Estate, Guarded, Holder
from fmops.verify.values import World

__all__ = ["Control", "Endpoint", "Estate", "Guarded", "Holder", "read"]


def read(world: World, known: Mapping[str, Mapping[str, Any]] | None = None) -> Estate:
    """The estate that templates describe.

    Args:
        known: documents by patterns of ARNs, of policies that the templates name and don't hold.
    """
    policies = principals.Policies(world, known or {})
    return Estate(
        holders=(*principals.read(world, policies), *permission_sets.read(world, policies)),
        guarded=tuple(guarded.read(world)),
        endpoints=tuple(endpoints.read(world)),
        controls=tuple(organization.read(world)),
        accounts=tuple(sorted({arns.account(template) for template in world.templates})),
        buckets=tuple(arns.arn(bucket, world) for bucket in world.resources("AWS::S3::Bucket")),
    )
