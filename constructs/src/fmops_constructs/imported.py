"""A product that `fmops catalog import` made of somebody's template: their resources, in a project of this catalog."""

from pathlib import Path
from typing import ClassVar

import aws_cdk as cdk
from aws_cdk import cloudformation_include as include

from constructs import Construct
from fmops_constructs import names
from fmops_constructs.catalog import Facts
from fmops_constructs.project import ProjectProduct


class ImportedProduct(ProjectProduct):
    """The project's repository and its seeding, and the resources of `imported.json`.

    Attributes:
        source: the imported template. What it calls its parameters is filled in here.
    """

    source: ClassVar[Path]

    def __init__(self, scope: Construct, id: str, *, foundation_facts: Facts) -> None:
        super().__init__(scope, id, foundation_facts=foundation_facts)
        asked = {name: self.value(name) for name in self.manifest["parameters"]}
        bucket = names.bucket("artifacts", cdk.Aws.ACCOUNT_ID, cdk.Aws.REGION)
        imported = include.CfnInclude(
            self,
            "Imported",
            template_file=str(self.source),
            parameters={
                **asked,
                "ArtifactsBucketName": bucket,
                "ArtifactsKeyArn": self.value("ArtifactsKeyArn"),
                "BuildRoleArn": self.role("build", of_unit=True),
                "DeliveryRoleArn": self.role("delivery", of_unit=True),
                "EventsRoleArn": self.role("events"),
                "LogsKeyArn": self.value("LogsKeyArn"),
                "PipelineRoleArn": self.role_in("dev", "pipeline"),
                "RepositoryArn": self.repository.attr_arn,
                "RepositoryName": self.repository.attr_name,
                "RepositoryUrl": self.repository.attr_clone_url_http,
                "SecurityGroupId": self.value("SecurityGroupId"),
                "SubnetIds": self.parameters["SubnetIds"].value_as_list,
                "VpcId": self.value("VpcId"),
            },
        )
        self.seed(after=[imported])
        self.outputs(RepositoryUrl=self.repository.attr_clone_url_http)
