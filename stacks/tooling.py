"""Tooling: artifacts and their key, images, packages."""

from typing import Any, ClassVar

import aws_cdk as cdk
from aws_cdk import aws_codeartifact as codeartifact
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from fmops_constructs import names
from fmops_constructs.buckets import AccessLogsBucket, PrivateBucket, grant
from fmops_constructs.iam import allow
from fmops_constructs.keys import Key
from fmops_constructs.names import role_arn

from stacks.agreed import APPLICATION_RELEASES, CODE, MODELS, RELEASES
from stacks.base import FoundationStack
from stacks.baseline import Baseline


class Tooling(FoundationStack):
    """Artifacts, images and packages that all business units share."""

    requires: ClassVar = (Baseline,)

    def __init__(self, scope: Any, **settings: Any) -> None:
        super().__init__(scope, **settings)
        key = self._key()
        self.publish("ArtifactsKeyArn", names.ARTIFACTS_KEY_ARN, key.key_arn)
        self._artifacts(key)
        self._images(key)
        self._packages(key)

    def _key(self) -> Key:
        own = [role_arn(self.account, name) for name in ("launch", "seeder")]
        units = [
            role_arn(self.account, name, unit)
            for unit in self.foundation.business_units
            for name in ("delivery", "build", "train", *RELEASES.values(), *self._application_releases(unit))
        ]
        readers = [
            *self.roles("dev", "pipeline", "processing", "training"),
            *self.roles("preprod", "hosting"),
            *self.roles("prod", "hosting"),
        ]
        return Key(
            self,
            "ArtifactsKey",
            purpose="artifacts",
            description="Code, models and pipeline artifacts",
            users=[*own, *units, *readers],
        )

    def _application_releases(self, unit: str) -> list[str]:
        """Who deploys a unit's applications, where it has accounts for them."""
        return list(APPLICATION_RELEASES.values()) if self.foundation.account("application-dev", unit) else []

    def _artifacts(self, key: Key) -> None:
        """Jobs in dev read code and write models; the stages read models; nobody else reaches in from outside."""
        arn = f"arn:aws:s3:::{names.bucket('artifacts', self.account, self.region)}"
        jobs = self.roles("dev", "processing", "training")
        hosts = [*self.roles("preprod", "hosting"), *self.roles("prod", "hosting")]
        accesses = [
            ("JobsReadCode", ["s3:GetObject"], f"{arn}/{CODE}*", jobs, None),
            ("JobsListCode", ["s3:ListBucket"], arn, jobs, CODE),
            ("TrainingWritesModels", ["s3:PutObject"], f"{arn}/{MODELS}*", self.roles("dev", "training"), None),
            (
                "StagesReadModels",
                ["s3:GetObject"],
                f"{arn}/{MODELS}*",
                [*self.roles("dev", "pipeline", "processing", "training"), *hosts],
                None,
            ),
            (
                "StagesListModels",
                ["s3:ListBucket"],
                arn,
                [*self.roles("dev", "pipeline", "processing"), *hosts],
                MODELS,
            ),
        ]
        PrivateBucket(
            self,
            "Artifacts",
            purpose="artifacts",
            key=key,
            logs=AccessLogsBucket(self, "AccessLogs", organization_id=self.foundation.organization.id),
            organization_id=self.foundation.organization.id,
            statements=[
                grant(sid, actions, on=on, to=roles, prefix=prefix)
                for sid, actions, on, roles, prefix in accesses
                if roles
            ],
        )

    def _images(self, key: Key) -> None:
        repository = ecr.Repository(
            self,
            "Images",
            repository_name=names.IMAGES,
            encryption=ecr.RepositoryEncryption.KMS,
            encryption_key=key,
            image_scan_on_push=True,
            image_tag_mutability=ecr.TagMutability.IMMUTABLE,
            removal_policy=cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )
        pullers = [
            *self.roles("dev", "processing", "training"),
            *self.roles("preprod", "hosting"),
            *self.roles("prod", "hosting"),
        ]
        repository.add_to_resource_policy(
            iam.PolicyStatement(
                sid="StagesPull",
                principals=[iam.AccountPrincipal(a) for a in sorted({arn.split(":")[4] for arn in pullers})],
                actions=["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                conditions={"StringEquals": {"aws:PrincipalArn": sorted(pullers)}},
            )
        )

    def _packages(self, key: Key) -> None:
        """The organisation's package index. It has no external connection: packages enter by a reviewed import."""
        inside = {"StringEquals": {"aws:PrincipalOrgID": self.foundation.organization.id}}
        domain = codeartifact.CfnDomain(
            self,
            "Domain",
            domain_name=names.CODEARTIFACT_DOMAIN,
            encryption_key=key.key_arn,
            permissions_policy_document=_readable(inside, "codeartifact:GetAuthorizationToken"),
        )
        repository = codeartifact.CfnRepository(
            self,
            "Packages",
            domain_name=names.CODEARTIFACT_DOMAIN,
            repository_name=names.CODEARTIFACT_REPOSITORY,
            description="Packages for seeds, jobs and Studio",
            permissions_policy_document=_readable(
                inside, "codeartifact:GetRepositoryEndpoint", "codeartifact:ReadFromRepository"
            ),
        )
        repository.apply_removal_policy(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)  # what was imported is in it only
        repository.add_resource_dependency(domain)


def _readable(inside: dict[str, dict[str, str]], *actions: str) -> dict[str, Any]:
    """A resource policy: the organisation may read."""
    statement = allow(*actions, on="*", when=inside)
    statement.add_any_principal()
    return {"Version": "2012-10-17", "Statement": [statement.to_statement_json()]}
