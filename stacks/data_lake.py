"""Data lake: the zones, and who reads them."""

from typing import Any, ClassVar

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from fmops_constructs import names
from fmops_constructs.buckets import PrivateBucket, grant
from fmops_constructs.iam import Policy, Role, allow

from stacks.base import FoundationStack
from stacks.baseline import Baseline

ZONES = ("raw", "curated")
READABLE = "curated"


class DataLake(FoundationStack):
    """The zones of the data lake."""

    requires: ClassVar = (Baseline,)

    def __init__(self, scope: Any, **settings: Any) -> None:
        super().__init__(scope, **settings)
        key = self.key(names.DATA_KEY_ARN)
        self._ingest(key)
        for zone in ZONES:
            arn = f"arn:aws:s3:::{names.bucket(zone, self.account, self.region)}"
            readers = [*self.roles("dev", "processing", "training"), *self.roles("experimentation", "studio")]
            PrivateBucket(
                self,
                zone.capitalize(),
                purpose=zone,
                key=key,
                organization_id=self.foundation.organization.id,
                statements=[
                    grant("Read", ["s3:GetObject"], on=f"{arn}/*", to=readers),
                    grant("List", ["s3:ListBucket"], on=arn, to=readers),
                ]
                if zone == READABLE and readers
                else [],
            )

    def _ingest(self, key: kms.IKey) -> None:
        """Who brings data in: the one role that writes, taken by the account's own workloads and administrators."""
        buckets = [f"arn:aws:s3:::{names.bucket(zone, self.account, self.region)}" for zone in ZONES]
        write = Policy(
            self,
            "Write",
            description="Write the zones",
            statements=[
                allow(
                    "s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject", on=[f"{bucket}/*" for bucket in buckets]
                ),
                allow("s3:ListBucket", on=buckets),
                allow("kms:Decrypt", "kms:GenerateDataKey", on=key.key_arn),
            ],
        )
        Role(
            self,
            "Ingest",
            name="ingest",
            description="Brings data into the zones",
            trusts=iam.AccountPrincipal(self.account),
            policies=[write],
        )
