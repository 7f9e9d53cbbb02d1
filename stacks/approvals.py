"""Tooling: the approval log, and the people who read it."""

from typing import Any, ClassVar

from aws_cdk import aws_s3 as s3
from fmops_constructs import names
from fmops_constructs.approval_log.infrastructure import ApprovalLog
from fmops_constructs.buckets import ACCESS_LOGS
from fmops_constructs.iam import Policy

from foundation.access import current
from stacks.access import persona_role, statements
from stacks.base import FoundationStack
from stacks.baseline import Baseline
from stacks.network import Network
from stacks.shared_policies import USE_NETWORK
from stacks.tooling import Tooling


class Approvals(FoundationStack):
    """Who decided what, when and why: recorded for good; auditors read it, and all that it speaks of."""

    requires: ClassVar = (Baseline, Network, Tooling)

    def __init__(self, scope: Any, **settings: Any) -> None:
        super().__init__(scope, **settings)
        here = self.environment_
        access = names.bucket(ACCESS_LOGS, here.account, here.region)
        key = self.key(names.DATA_KEY_ARN)
        ApprovalLog(
            self,
            "Log",
            organization_id=self.foundation.organization.id,
            key=key,
            logs_key=self.key(names.LOGS_KEY_ARN),
            logs=s3.Bucket.from_bucket_name(self, "AccessLogs", access),
            place=self.place(vpc=False),
            run_function=[self.shared(USE_NETWORK)],
        )
        if current().persons(self.foundation.people, "auditor"):
            self._auditor()

    def _auditor(self) -> None:
        """Reads what every unit decided; writes nothing, and can be nothing else (foundation.checks.people)."""
        audit = Policy(
            self,
            "Audit",
            description=current().capabilities["audit"].what,
            statements=statements(self, "audit"),
        )
        persona_role(self, self, "auditor", unit=None, policies=[audit])
