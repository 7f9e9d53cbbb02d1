"""Experimentation: SageMaker Studio for a business unit's data scientists."""

from typing import Any, ClassVar

from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from fmops_constructs import names
from fmops_constructs.iam import Policy, Role, allow, pass_role, service
from fmops_constructs.names import role_arn

from stacks.base import FoundationStack
from stacks.baseline import Baseline
from stacks.lake_access import read_curated
from stacks.network import Network
from stacks.shared_policies import READ_PACKAGES, RUN_SAGEMAKER


class Experimentation(FoundationStack):
    """Studio inside the network, a profile per data scientist."""

    requires: ClassVar = (Baseline, Network)

    def __init__(self, scope: Any, **settings: Any) -> None:
        super().__init__(scope, **settings)
        place = self.place()
        key = self.key(names.DATA_KEY_ARN)
        explore = Policy(
            self,
            "Explore",
            description="Run experiments in Studio",
            statements=[
                allow(
                    "sagemaker:AddTags",
                    "sagemaker:CreateApp",
                    "sagemaker:CreateSpace",
                    "sagemaker:DeleteApp",
                    "sagemaker:DeleteSpace",
                    "sagemaker:DescribeApp",
                    "sagemaker:DescribeDomain",
                    "sagemaker:DescribeSpace",
                    "sagemaker:DescribeUserProfile",
                    "sagemaker:ListApps",
                    "sagemaker:ListDomains",
                    "sagemaker:ListSpaces",
                    "sagemaker:ListUserProfiles",
                    "sagemaker:UpdateSpace",
                    on="*",
                ),
                pass_role("sagemaker.amazonaws.com", role_arn(self.account, "studio", self.business_unit)),
                allow("kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey", on=key.key_arn),
            ],
        )
        role = Role(
            self,
            "Studio",
            name="studio",
            business_unit=self.business_unit,
            description="What a data scientist's notebook may do",
            trusts=service("sagemaker.amazonaws.com", self.account),
            policies=[explore, read_curated(self, self), *self._shared_needs()],
        )
        domain = sagemaker.CfnDomain(
            self,
            "Domain",
            domain_name=f"{names.PREFIX}-{self.business_unit}",
            auth_mode="IAM",
            app_network_access_type="VpcOnly",
            vpc_id=place.vpc_id,
            subnet_ids=list(place.subnet_ids),
            kms_key_id=key.key_arn,
            default_user_settings=sagemaker.CfnDomain.UserSettingsProperty(
                execution_role=role.role_arn, security_groups=[place.security_group_id]
            ),
            domain_settings=sagemaker.CfnDomain.DomainSettingsProperty(
                execution_role_identity_config="USER_PROFILE_NAME", security_group_ids=[place.security_group_id]
            ),
        )
        for person in self.foundation.business_units[self.business_unit].people.data_scientist:
            sagemaker.CfnUserProfile(
                self,
                f"Profile-{person}",
                domain_id=domain.attr_domain_id,
                user_profile_name=person.replace(".", "-"),
            )

    def _shared_needs(self) -> list[iam.IManagedPolicy]:
        needs = [RUN_SAGEMAKER, *([READ_PACKAGES] if "packages" in self.features else [])]
        return [self.shared(name) for name in needs]
