"""Data lake: the zones, their databases, and who reads them."""

from typing import Any, ClassVar

import aws_cdk as cdk
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from fmops_constructs import names
from fmops_constructs.buckets import AccessLogsBucket, PrivateBucket, grant
from fmops_constructs.iam import Policy, Role

from stacks.access import persona_role, statements
from stacks.agreed import READABLE
from stacks.base import FoundationStack
from stacks.baseline import Baseline
from stacks.zones import ZONES, Zone


class DataLake(FoundationStack):
    """The zones of the data lake."""

    requires: ClassVar = (Baseline,)

    def __init__(self, scope: Any, **settings: Any) -> None:
        super().__init__(scope, **settings)
        key = self.key(names.DATA_KEY_ARN)
        self._ingest()
        logs = AccessLogsBucket(self, "AccessLogs", organization_id=self.foundation.organization.id)
        for zone in ZONES:
            self._zone(zone, key, logs)

    def _zone(self, zone: Zone, key: kms.IKey, logs: AccessLogsBucket) -> None:
        id = zone.name.title().replace("-", "")
        bucket = PrivateBucket(
            self,
            id,
            purpose=zone.name,
            key=key,
            logs=logs,
            organization_id=self.foundation.organization.id,
            statements=self._readers(zone),
            lifecycle=_lifecycle(zone),
        )
        if zone.data_class:
            cdk.Tags.of(bucket).add("data-class", zone.data_class)
        database = glue.CfnDatabase(
            self,
            f"{id}Database",
            catalog_id=self.account,
            database_input=glue.CfnDatabase.DatabaseInputProperty(
                name=names.database(zone.name),
                description=zone.holds,
                location_uri=f"s3://{names.bucket(zone.name, self.account, self.region)}/",
            ),
        )
        database.apply_removal_policy(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)  # its tables go with it

    def _readers(self, zone: Zone) -> list[iam.PolicyStatement]:
        readers = [*self.roles("dev", "processing", "training"), *self.roles("experimentation", "studio")]
        if zone.name != READABLE or not readers:
            return []
        arn = self._arn(zone)
        return [
            grant("Read", ["s3:GetObject"], on=f"{arn}/*", to=readers),
            grant("List", ["s3:ListBucket"], on=arn, to=readers),
        ]

    def _arn(self, zone: Zone) -> str:
        return f"arn:aws:s3:::{names.bucket(zone.name, self.account, self.region)}"

    def _ingest(self) -> None:
        """Who brings data in: the account's own workloads and administrators by one role, data engineers by theirs."""
        write = Policy(self, "Write", description="Write the zones", statements=statements(self, "ingest"))
        Role(
            self,
            "Ingest",
            name="ingest",
            description="Brings data into the zones",
            trusts=iam.AccountPrincipal(self.account),
            policies=[write],
        )
        persona_role(self, self, "data-engineer", unit=None, policies=[write])


def _lifecycle(zone: Zone) -> list[s3.LifecycleRule]:
    """What happens to a zone's objects with time."""

    def days(number: int | None) -> cdk.Duration | None:
        return None if number is None else cdk.Duration.days(number)

    moves = (
        [s3.Transition(storage_class=s3.StorageClass.INFREQUENT_ACCESS, transition_after=after)]
        if (after := days(zone.rarely_read_after))
        else None
    )
    rule = s3.LifecycleRule(
        transitions=moves,
        expiration=days(zone.deleted_after),
        noncurrent_version_expiration=days(zone.old_versions_deleted_after),
    )
    empty = not (moves or zone.deleted_after or zone.old_versions_deleted_after)
    return [] if empty else [rule]
