"""The product: what a launch makes in tooling. It makes no IAM role: the foundation made them, per business unit."""

from collections.abc import Mapping
from typing import ClassVar

import aws_cdk as cdk
from fmops_constructs import names
from fmops_constructs.catalog import Facts
from fmops_constructs.pipelines import COMMIT, DeliveryPipeline, on_commit, on_release, run
from fmops_constructs.project import ProjectProduct, manifest_beside

from constructs import Construct

RELEASE = "RELEASE_SHA256"


class GenaiConsumerApp(ProjectProduct):
    """Repository, build pipeline to the application account of dev, promotion pipeline, seeding of the repository."""

    manifest: ClassVar = manifest_beside(__file__)
    account_types: ClassVar = {stage: f"application-{stage}" for stage in names.STAGES}

    def __init__(self, scope: Construct, id: str, *, foundation_facts: Facts) -> None:
        super().__init__(scope, id, foundation_facts=foundation_facts)
        self._tests_from = cdk.CfnParameter(
            self,
            "TestsFromEndpointId",
            type="AWS::SSM::Parameter::Value<String>",
            default=names.EXECUTE_API_ENDPOINT_ID,
            description="Published by the platform; leave it as it is",
        )
        self.show_in_studio(self.repository)
        build = self._build_pipeline()
        promotion = self.promotion(
            variable=RELEASE,
            meaning="The digest of the release to promote",
            question="Preprod passed with {variable}. Take it to prod?",
            start=on_release(self.project.name),
            path="$.detail.release",
            commit="$.detail.commit",
            deployer="deploy-application",
            environment=self._environment(),
        )
        self.seed({"model": self.value("Model")}, after=[build, promotion])
        self.outputs(
            RepositoryUrl=self.repository.attr_clone_url_http,
            BuildPipelineName=build.pipeline.ref,
            PromotionPipelineName=promotion.pipeline.ref,
        )

    def choices(self) -> dict[str, list[str]]:
        """A launch may name only models that are allowed in all stages."""
        return {**super().choices(), "Model": list(self.facts.models)}

    def _environment(self) -> Mapping[str, str]:
        return {
            "ARTIFACTS_BUCKET": names.bucket("artifacts", cdk.Aws.ACCOUNT_ID, cdk.Aws.REGION),
            "TESTS_FROM": self._tests_from.value_as_string,
        }

    def _build_pipeline(self) -> DeliveryPipeline:
        """A commit on main -> tests, one bundle -> dev, its tests, the offer to promote it."""
        bundle = self.build("build", "buildspec.yml", **self._environment())
        dev = self.build(
            "deploy-dev",
            "deploy/buildspec.yml",
            role="deploy-application-dev",
            STAGE="dev",
            DEV_ACCOUNT=self.account_of("dev"),
            **self._environment(),
        )
        release = {RELEASE: f"#{{Bundle.{RELEASE}}}"}
        stages = {
            "Build": [run(bundle, "Build", {"COMMIT_ID": COMMIT}, namespace="Bundle")],
            "Dev": [
                run(dev, "Deploy", {"TASK": "release", **release}),
                run(dev, "Test", {"TASK": "stage-tests", **release}, order=2),
                run(dev, "Offer", {"TASK": "offer", "COMMIT_ID": COMMIT, **release}, order=3),
            ],
        }
        pipeline = self.pipeline("BuildPipeline", self.project.build, stages)
        pipeline.start_on(on_commit(self.repository), role_arn=self.role("events"))
        return pipeline
