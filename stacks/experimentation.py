"""Experimentation: SageMaker Studio for a business unit's data scientists."""

from typing import Any, ClassVar

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sagemaker as sagemaker
from aws_cdk import aws_ssm as ssm
from fmops_constructs import names
from fmops_constructs.groups import WorkloadGroup
from fmops_constructs.iam import Policy, Role, allow, pass_role, service
from fmops_constructs.names import role_arn

from stacks import studio
from stacks.base import FoundationStack
from stacks.baseline import Baseline
from stacks.foundation_models import open_models
from stacks.lake_access import read_curated
from stacks.network import Network
from stacks.project_templates import DOMAIN_TAG, ProjectTemplates
from stacks.shared_policies import READ_PACKAGES, REQUEST_PROJECTS, RUN_SAGEMAKER
from stacks.tracking import Tracking


class Experimentation(FoundationStack):
    """Studio inside the network, a profile per data scientist, and the tracking of their experiments."""

    requires: ClassVar = (Baseline, Network)

    def __init__(self, scope: Any, **settings: Any) -> None:
        super().__init__(scope, **settings)
        self._place = self.place()
        key = self.key(names.DATA_KEY_ARN)
        tracking = Tracking(self, "Tracking", key=key)
        templates = ProjectTemplates(self, "ProjectTemplates", key=key, logs=tracking.logs)
        role = Role(
            self,
            "Studio",
            name="studio",
            business_unit=self.business_unit,
            description="What a data scientist's notebook may do",
            trusts=service("sagemaker.amazonaws.com", self.account),
            policies=[
                self._explore(key),
                read_curated(self, self),
                tracking.use,
                templates.read,
                *self._models(),
                *self._shared_needs(),
            ],
        )
        self._domain = self._studio(role, key)
        cdk.Tags.of(self._domain).add(DOMAIN_TAG, templates.location)
        endpoints_group = ssm.StringParameter.value_for_string_parameter(self, names.ENDPOINTS_SECURITY_GROUP_ID)
        for person in self.foundation.business_units[self.business_unit].people.data_scientist:
            self._profile(person, endpoints_group)

    def _explore(self, key: kms.IKey) -> Policy:
        """Apps and spaces of one's own, on the instance types that are allowed."""
        return Policy(
            self,
            "Explore",
            description="Run experiments in Studio",
            statements=[
                allow(
                    "sagemaker:AddTags",
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
                allow(
                    "sagemaker:CreateApp",
                    on="*",
                    when={"ForAnyValue:StringEquals": {"sagemaker:InstanceTypes": list(studio.INSTANCE_TYPES)}},
                ),
                pass_role("sagemaker.amazonaws.com", role_arn(self.account, "studio", self.business_unit)),
                allow("kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey", on=key.key_arn),
            ],
        )

    def _models(self) -> list[Policy]:
        """The foundation models that notebooks may ask, each call with the unit's guardrail."""
        return [open_models(self).policy] if self.models else []

    def _studio(self, role: Role, key: kms.IKey) -> sagemaker.CfnDomain:
        scripts = studio.packages_only_from(self, self.tooling) if "packages" in self.features else []
        return sagemaker.CfnDomain(
            self,
            "Domain",
            domain_name=f"{names.PREFIX}-{self.business_unit}",
            auth_mode="IAM",
            app_network_access_type="VpcOnly",
            vpc_id=self._place.vpc_id,
            subnet_ids=list(self._place.subnet_ids),
            kms_key_id=key.key_arn,
            default_user_settings=studio.user_settings(
                role_arn=role.role_arn, security_groups=[self._place.security_group_id], scripts=scripts
            ),
            domain_settings=sagemaker.CfnDomain.DomainSettingsProperty(
                execution_role_identity_config="USER_PROFILE_NAME", security_group_ids=[self._place.security_group_id]
            ),
        )

    def _profile(self, person: str, endpoints_group: str) -> None:
        """A person's profile, with a security group of its own: nothing leads from one person's apps to another's."""
        name = person.replace(".", "-")
        group = WorkloadGroup(
            self,
            f"Group-{person}",
            description=f"Studio of {name}",
            vpc_id=self._place.vpc_id,
            endpoints_group_id=endpoints_group,
        )
        sagemaker.CfnUserProfile(
            self,
            f"Profile-{person}",
            domain_id=self._domain.attr_domain_id,
            user_profile_name=name,
            user_settings=sagemaker.CfnUserProfile.UserSettingsProperty(security_groups=[group.group_id]),
        )

    def _shared_needs(self) -> list[iam.IManagedPolicy]:
        by_feature = {"packages": READ_PACKAGES, "requests": REQUEST_PROJECTS}
        needs = [RUN_SAGEMAKER, *(policy for feature, policy in by_feature.items() if feature in self.features)]
        return [self.shared(name) for name in needs]
