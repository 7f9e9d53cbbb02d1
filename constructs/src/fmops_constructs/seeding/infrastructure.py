"""The seeder: a build that renders a template's seed into a repository, and the function that starts it.

A launch's custom resource calls the function; CloudFormation waits for the build's answer. So it does not matter who
launched: the console, Studio or a command.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3_assets as assets
from aws_cdk import aws_sqs as sqs

from constructs import Construct
from fmops_constructs import names
from fmops_constructs.builds import PrivateBuild, from_asset
from fmops_constructs.catalog import discover
from fmops_constructs.functions import PrivateFunction
from fmops_constructs.iam import Policy, Role, allow, service
from fmops_constructs.network import Place

RUNTIME = Path(__file__).parent / "runtime"
STAGING = "seeding"
"""The one branch that the seeder may delete: where its program lets a seed of several commits grow."""
IGNORED = shutil.ignore_patterns(
    "__pycache__", "*.pyc", ".*_cache", "*.egg-info", "build", ".venv", "cdk.out", ".hypothesis"
)


class Seeding(Construct):
    """The Lambda function `fmops-seed-starter` and the CodeBuild project `fmops-seeder`.

    Args:
        templates: the catalog's folder.
        key: encrypts the function's settings and its failed events.
        logs_key: encrypts both log groups.
        run_build, run_function: what running there takes: policies that the account's roles share.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        templates: Path,
        key: kms.IKey,
        logs_key: kms.IKey,
        place: Place,
        run_build: Sequence[iam.IManagedPolicy],
        run_function: Sequence[iam.IManagedPolicy],
    ) -> None:
        super().__init__(scope, id)
        source = self._source(templates)
        self.build = PrivateBuild(
            self,
            "Seeder",
            name=names.SEEDER,
            owner=names.SHARED,
            description="Renders a template's seed and commits it to a new repository",
            source=from_asset(source),
            role_arn=self._build_role(source, run_build).role_arn,
            key_arn=key.key_arn,
            logs_key=logs_key,
            environment={
                "CODEARTIFACT_DOMAIN": names.CODEARTIFACT_DOMAIN,
                "CODEARTIFACT_REPOSITORY": names.CODEARTIFACT_REPOSITORY,
            },
            place=place,
        )
        failed = sqs.Queue(
            self,
            "FailedEvents",
            encryption=sqs.QueueEncryption.KMS,
            encryption_master_key=key,
            enforce_ssl=True,
            retention_period=cdk.Duration.days(14),
        )
        self.starter = PrivateFunction(
            self,
            "Starter",
            name=names.SEED_STARTER,
            description="Starts the seeder for a launch; the build answers CloudFormation",
            code=RUNTIME / "starter",
            role_name="seed-starter",
            policies=[self._start_policy(failed, key), *run_function],
            key=key,
            logs_key=logs_key,
            failed_events=failed,
            environment={"SEEDER": names.SEEDER},
            place=place,
        )

    def _source(self, templates: Path) -> assets.Asset:
        """The seeder and every template's seed in one folder: `buildspec.yml`, ..., `templates/<name>/...`."""
        with TemporaryDirectory() as folder:
            shutil.copytree(RUNTIME / "seeder", folder, ignore=IGNORED, dirs_exist_ok=True)
            for template in discover(templates):
                shutil.copytree(template.seed, Path(folder, "templates", template.name), ignore=IGNORED)
            return assets.Asset(self, "Source", path=folder)  # copied into the assembly at once

    def _build_role(self, source: assets.Asset, shared: Sequence[iam.IManagedPolicy]) -> Role:
        stack = cdk.Stack.of(self)
        repositories = f"arn:aws:codecommit:{stack.region}:{stack.account}:*"
        policy = Policy(
            self,
            "Seed",
            description="Read the seeds and make the first commit of a repository",
            statements=[
                allow("s3:GetObject", "s3:GetObjectVersion", on=f"{source.bucket.bucket_arn}/{source.s3_object_key}"),
                allow(
                    "codecommit:CreateBranch",
                    "codecommit:CreateCommit",
                    "codecommit:GetBranch",
                    "codecommit:GetFile",
                    "codecommit:UpdateDefaultBranch",
                    on=repositories,
                ),
                allow(
                    "codecommit:DeleteBranch",
                    on=repositories,
                    when={"StringEquals": {"codecommit:References": f"refs/heads/{STAGING}"}},
                ),
            ],
        )
        return Role(
            self,
            "SeederRole",
            name="seeder",
            description="Makes the first commit of launched projects",
            trusts=service("codebuild.amazonaws.com", stack.account),
            policies=[policy, *shared],
        )

    def _start_policy(self, failed: sqs.Queue, key: kms.IKey) -> Policy:
        stack = cdk.Stack.of(self)
        project = f"arn:aws:codebuild:{stack.region}:{stack.account}:project/{names.SEEDER}"
        return Policy(
            self,
            "Start",
            description="Start the seeder, keep failed events",
            statements=[
                allow("codebuild:StartBuild", on=project),
                allow("sqs:SendMessage", on=failed.queue_arn),
                allow("kms:Decrypt", "kms:GenerateDataKey", on=key.key_arn),
            ],
        )
