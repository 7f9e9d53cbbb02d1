"""Experimentation: the catalog as Studio shows it. A launch here is a request that tooling's provisioner carries out.

The products are thin: the parameters of a template, and one custom resource whose topic in tooling is this business
unit's. So nobody can ask for another unit's project, and what launches is tooling's product, with its version and its
launch role. See docs/adr/0013.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import aws_cdk as cdk
from aws_cdk import aws_servicecatalog as servicecatalog
from fmops_constructs import names
from fmops_constructs.catalog import FROM_STUDIO, TemplateFolder, Version, discover
from fmops_constructs.iam import Policy, Role, allow
from fmops_constructs.names import role_arn

from constructs import Construct
from foundation.access import current
from stacks import access, catalog
from stacks.asking import publish
from stacks.base import FoundationStack
from stacks.baseline import Baseline
from stacks.experimentation import Experimentation
from stacks.launching import LAUNCHER
from stacks.shared_policies import REQUEST_PROJECTS


class RequestProduct(servicecatalog.ProductStack):
    """Asks tooling for a project of one version of a template.

    Args:
        template: its name.
        version: what is asked for; a later one, once it is chosen, changes the project that stands.
        tooling: the account that launches.
        topic: the name of the business unit's topic there.
    """

    def __init__(self, scope: Construct, id: str, *, template: str, version: Version, tooling: str, topic: str) -> None:
        super().__init__(scope, id, analytics_reporting=False)
        accounts = cdk.CfnMapping(self, "Tooling", mapping={"Account": {"Id": tooling}}, lazy=False)
        account = accounts.find_in_map("Account", "Id")
        asked: Mapping[str, Any] = {k: v for k, v in version.parameters.items() if k != "BusinessUnit"}
        values = {
            name: cdk.CfnParameter(
                self,
                name,
                type="String",
                description=schema["description"],
                default=schema.get("default"),
                allowed_pattern=schema["pattern"],
            ).value_as_string
            for name, schema in asked.items()
        }
        for name in FROM_STUDIO:
            values[name] = cdk.CfnParameter(
                self,
                name,
                type="String",
                default="",
                allowed_pattern="^[A-Za-z0-9-]{0,64}$",
                description="SageMaker Studio fills this in; leave it empty otherwise",
            ).value_as_string
        project = cdk.CustomResource(
            self,
            "Project",
            resource_type="Custom::Project",
            service_token=f"arn:{cdk.Aws.PARTITION}:sns:{cdk.Aws.REGION}:{account}:{topic}",
            service_timeout=cdk.Duration.minutes(55),
            properties={
                "Product": template,
                "Version": version.name,
                "ProjectName": values.pop("ProjectName"),
                "Parameters": values,
            },
        )
        for name, description in version.outputs.items():
            self._output(name, project.get_att_string(name), description)
        for name in asked:
            self._output(name, project.get_att_string(name), None)

    def _output(self, name: str, value: str, description: str | None) -> None:
        cdk.CfnOutput(self, f"{name}Output", value=value, description=description).override_logical_id(name)


class Requests(FoundationStack):
    """A portfolio with a request for each version of each template, and who may launch it."""

    requires: ClassVar = (Baseline, Experimentation)

    def __init__(self, scope: Any, **settings: Any) -> None:
        super().__init__(scope, **settings)
        self._topic = names.requests_topic(self.business_unit)
        launch = self._launch_role()
        portfolio = servicecatalog.CfnPortfolio(
            self,
            "Portfolio",
            display_name=names.portfolio(self.business_unit),
            provider_name=self.foundation.organization.name,
            description="Projects that Studio can ask for",
        )
        facts = catalog.facts_of(self.foundation)
        for folder in discover(catalog.TEMPLATES):
            if catalog.offered(folder, facts, self.business_unit):
                self._product(folder, portfolio, launch)
        self._open(portfolio)

    def _launch_role(self) -> Role:
        """It runs the request's stack, and publishes on the unit's topic; it makes nothing else."""
        ask = Policy(
            self,
            "Ask",
            description="Run the stack of a request, and publish it on the business unit's topic in tooling",
            statements=[
                allow(
                    "cloudformation:CreateStack",
                    "cloudformation:DeleteStack",
                    "cloudformation:DescribeStackEvents",
                    "cloudformation:DescribeStacks",
                    "cloudformation:SetStackPolicy",
                    "cloudformation:UpdateStack",
                    on=self.arn_of("cloudformation", "stack/SC-*"),
                ),
                allow("cloudformation:GetTemplateSummary", "cloudformation:ValidateTemplate", on="*"),
                # Service Catalog keeps a copy of each product's template and tags it so; no other object can be read.
                allow(
                    "s3:GetObject",
                    on="arn:aws:s3:::*/*",
                    when={"StringEquals": {"s3:ExistingObjectTag/servicecatalog:provisioning": "true"}},
                ),
                *publish(self),
            ],
        )
        return Role(
            self,
            "Launch",
            name="launch",
            description="Asks tooling for projects; it can make nothing itself",
            trusts=LAUNCHER,
            policies=[ask],
        )

    def _product(self, folder: TemplateFolder, portfolio: servicecatalog.CfnPortfolio, launch: Role) -> None:
        requests = {
            version.name: RequestProduct(
                self,
                f"{folder.name}-{version.name}-request",
                template=folder.name,
                version=version,
                tooling=self.tooling,
                topic=self._topic,
            )
            for version in folder.versions
        }
        product = servicecatalog.CloudFormationProduct(
            self,
            folder.name,
            product_name=folder.name,
            owner=self.foundation.organization.name,
            description=" ".join(str(folder.manifest["description"]).split()),
            product_versions=[
                servicecatalog.CloudFormationProductVersion(
                    product_version_name=version,
                    cloud_formation_template=servicecatalog.CloudFormationTemplate.from_product_stack(request),
                )
                for version, request in requests.items()
            ],
        )
        cdk.Tags.of(product).add("sagemaker:studio-visibility", "true")
        member = servicecatalog.CfnPortfolioProductAssociation(
            self, f"{folder.name}-in-portfolio", portfolio_id=portfolio.ref, product_id=product.product_id
        )
        constraint = servicecatalog.CfnLaunchRoleConstraint(
            self,
            f"{folder.name}-launch-role",
            portfolio_id=portfolio.ref,
            product_id=product.product_id,
            local_role_name=names.LAUNCH_ROLE,
            description="A request's stack is made with the role of this name",
        )
        constraint.add_resource_dependency(member)
        constraint.node.add_dependency(launch)

    def _open(self, portfolio: servicecatalog.CfnPortfolio) -> None:
        """Studio's role asks for whoever works in Studio; the personas who launch in tooling may ask here too."""
        associated = [("studio", role_arn(self.account, "studio", self.business_unit))]
        for name in current().roles_with("request", "experimentation"):
            role = access.persona_role(
                self,
                self,
                name,
                unit=self.business_unit,
                policies=[self.shared(REQUEST_PROJECTS)],
                description="Asks for projects",
            )
            if role:
                associated.append((name, role.role_arn))
        for name, arn in associated:
            servicecatalog.CfnPortfolioPrincipalAssociation(
                self, f"open-to-{name}", portfolio_id=portfolio.ref, principal_arn=arn, principal_type="IAM"
            )
