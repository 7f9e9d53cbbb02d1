"""Data lake: the zones, and who reads them."""

from typing import Any, ClassVar

from fmops_constructs import names
from fmops_constructs.buckets import PrivateBucket, grant

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
