"""Dev: where a project's model pipeline runs."""

from typing import Any, ClassVar, cast

from aws_cdk import aws_iam as iam
from fmops_constructs import lifecycle, names
from fmops_constructs.buckets import AccessLogsBucket, PrivateBucket
from fmops_constructs.iam import Policy, Role, allow, exactly, pass_role, service
from fmops_constructs.logs import LogGroup
from fmops_constructs.names import role_arn

from stacks.agreed import CODE, MODELS
from stacks.base import FoundationStack
from stacks.baseline import Baseline
from stacks.lake_access import foreign_key, read_curated
from stacks.network import Network
from stacks.shared_policies import READ_PACKAGES, RUN_SAGEMAKER

SAGEMAKER = "sagemaker.amazonaws.com"
JOB_LOGS = ("ProcessingJobs", "TrainingJobs")


class MlBuild(FoundationStack):
    """Bucket, logs and roles of a business unit's model pipelines."""

    requires: ClassVar = (Baseline, Network)

    def __init__(self, scope: Any, **settings: Any) -> None:
        super().__init__(scope, **settings)
        self._key = self.key(names.DATA_KEY_ARN)
        organization_id = self.foundation.organization.id
        logs = AccessLogsBucket(self, "AccessLogs", organization_id=organization_id)
        PrivateBucket(self, "Ml", purpose="ml", key=self._key, logs=logs, organization_id=organization_id)
        self._bucket = f"arn:aws:s3:::{names.bucket('ml', self.account, self.region)}"
        self._artifacts = f"arn:aws:s3:::{names.bucket('artifacts', self.tooling, self.region)}"
        for kind in JOB_LOGS:
            LogGroup(self, f"{kind}Logs", name=f"/aws/sagemaker/{kind}", key=self.key(names.LOGS_KEY_ARN))
        self._jobs()
        self._pipeline()
        self._start()

    def _arn(self, name: str) -> str:
        return role_arn(self.account, name, self.business_unit)

    def _role(self, name: str, description: str, trusts: iam.IPrincipal, policies: list[iam.IManagedPolicy]) -> Role:
        return Role(
            self,
            name.title().replace("-", ""),
            name=name,
            business_unit=self.business_unit,
            description=description,
            trusts=trusts,
            policies=policies,
        )

    def _policy(self, id: str, description: str, *statements: iam.PolicyStatement) -> Policy:
        return Policy(self, id, description=description, statements=statements)

    def _jobs(self) -> None:
        """Processing and training read data and code; only training writes models."""
        self._data = self._policy(
            "Data",
            "Keep intermediate results",
            allow("s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject", on=f"{self._bucket}/*"),
            allow("s3:ListBucket", on=self._bucket),
            allow("kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey", on=self._key.key_arn),
        )
        code = self._policy(
            "ReadCode",
            "Read code",
            allow("s3:GetObject", on=f"{self._artifacts}/{CODE}*"),
            allow("s3:ListBucket", on=self._artifacts, when={"StringLike": {"s3:prefix": [f"{CODE}*", f"{MODELS}*"]}}),
            foreign_key(self, self.tooling, "artifacts", "kms:Decrypt", "kms:GenerateDataKey"),
        )
        read_models = self._policy(
            "ReadModels", "Read models", allow("s3:GetObject", on=f"{self._artifacts}/{MODELS}*")
        )
        write_models = self._policy(
            "WriteModels", "Write models", allow("s3:PutObject", on=f"{self._artifacts}/{MODELS}*")
        )
        shared = [
            self.shared(RUN_SAGEMAKER),
            self.shared(READ_PACKAGES),
            read_curated(self, self),
            code,
            self._data,
            read_models,
        ]
        trusts = service(SAGEMAKER, self.account)
        self._role("processing", "Runs processing and evaluation jobs", trusts, shared)
        self._role("training", "Runs training jobs", trusts, [*shared, write_models])
        self._read_models = read_models

    def _pipeline(self) -> None:
        run = self._policy(
            "RunJobs",
            "Run the jobs of a pipeline and register what they made",
            allow(
                "sagemaker:AddTags",
                "sagemaker:CreateProcessingJob",
                "sagemaker:CreateTrainingJob",
                "sagemaker:DescribeProcessingJob",
                "sagemaker:DescribeTrainingJob",
                "sagemaker:ListTags",
                "sagemaker:StopProcessingJob",
                "sagemaker:StopTrainingJob",
                on=self.arn_of("sagemaker", "*-job/*"),
            ),
            allow(
                "sagemaker:CreateModelPackage",
                on=f"arn:aws:sagemaker:{self.region}:{self.tooling}:model-package*",
                when=lifecycle.when_registered(),
            ),
            allow(
                "sagemaker:DescribeModelPackage",
                "sagemaker:DescribeModelPackageGroup",
                "sagemaker:ListModelPackages",
                on=f"arn:aws:sagemaker:{self.region}:{self.tooling}:model-package*",
            ),
            pass_role(SAGEMAKER, self._arn("processing"), self._arn("training")),
            foreign_key(self, self.tooling, "artifacts", "kms:Decrypt"),
        )
        self._role(
            "pipeline",
            "Runs model pipelines: starts their jobs, registers their models",
            service(SAGEMAKER, self.account),
            [run, self._data, self._read_models],
        )

    def _start(self) -> None:
        start = self._policy(
            "StartPipelines",
            "Update and start model pipelines",
            allow(
                "sagemaker:AddTags",
                "sagemaker:CreatePipeline",
                "sagemaker:DescribePipeline",
                "sagemaker:DescribePipelineExecution",
                "sagemaker:ListPipelineExecutionSteps",
                "sagemaker:ListPipelineExecutions",
                "sagemaker:StartPipelineExecution",
                "sagemaker:UpdatePipeline",
                on=self.arn_of("sagemaker", "pipeline/*"),
            ),
            pass_role(SAGEMAKER, *(self._arn(name) for name in ("pipeline", "processing", "training"))),
        )
        starter = exactly(self.tooling, role_arn(self.tooling, "train", self.business_unit))
        named = cast(iam.PrincipalBase, starter).with_conditions({"Null": {"sts:SourceIdentity": "false"}})
        role = self._role(
            "start-pipeline",
            "Updates and starts model pipelines, always in somebody's name",
            named,
            [start],
        )
        role.may_name(starter)
        read = self._policy(
            "ReadPublished",
            "Read what this account publishes",
            allow("ssm:GetParameter", "ssm:GetParameters", on=self.parameters()),
        )
        self._role(
            "read-platform",
            "Reads what dev publishes for the build in tooling",
            exactly(self.tooling, role_arn(self.tooling, "build", self.business_unit)),
            [read],
        )
