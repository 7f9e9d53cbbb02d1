"""What Studio shows as templates in S3: a bucket that `fmops catalog publish` fills with the unit's requests.

SageMaker finds it by the domain's tag, and shows the objects that carry another
(docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-projects-templates-custom.html: Using a template from an Amazon S3
bucket). Studio's page reads it from the browser: that is what the cross-origin rule is for.

SageMaker starts such a project as a stack, with a role that CloudFormation takes ("The IAM role that CloudFormation
assumes when creating the stack", CfnCreateTemplateProvider in SageMaker's API). The role asks tooling, as the launch
role of Service Catalog's products does, and can do nothing else.
"""

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from fmops_constructs import names
from fmops_constructs.buckets import PrivateBucket
from fmops_constructs.iam import Policy, Role, allow, service

from constructs import Construct
from stacks.asking import publish
from stacks.base import FoundationStack
from stacks.principals import STARTER

DOMAIN_TAG = "sagemaker:projectS3TemplatesLocation"
PROJECTS = ("CreateProject", "DeleteProject", "DescribeProject")
STACKS = ("CreateStack", "DeleteStack")
CLOUDFORMATION = "cloudformation.amazonaws.com"


class ProjectTemplates(Construct):
    """The bucket of a business unit's templates.

    Attributes:
        location: where the templates are, for the domain's tag.
        read: the policy of who looks at them, and starts projects from them.
    """

    def __init__(self, stack: FoundationStack, id: str, *, key: kms.IKey, logs: s3.IBucket) -> None:
        super().__init__(stack, id)
        bucket = PrivateBucket(
            self,
            "Bucket",
            purpose=names.PROJECT_TEMPLATES,
            key=key,
            logs=logs,
            organization_id=stack.foundation.organization.id,
        )
        bucket.add_cors_rule(
            allowed_methods=[s3.HttpMethods.GET, s3.HttpMethods.HEAD],
            allowed_origins=[f"https://*.studio.{stack.environment_.region}.sagemaker.aws"],
            allowed_headers=["*"],
            max_age=3000,
        )
        name = names.bucket(names.PROJECT_TEMPLATES, stack.environment_.account, stack.environment_.region)
        self.location = f"s3://{name}/{names.TEMPLATES_PREFIX}"
        self.read = Policy(
            self,
            "Read",
            description="Look at the templates that projects start from, and start them",
            statements=[
                allow("s3:GetObject", "s3:GetObjectTagging", on=f"arn:aws:s3:::{name}/{names.TEMPLATES_PREFIX}*"),
                allow("s3:GetBucketLocation", "s3:ListBucket", on=f"arn:aws:s3:::{name}"),
                *(self._start(stack) if "requests" in stack.features else ()),
            ],
        )

    def _start(self, stack: FoundationStack) -> list[iam.PolicyStatement]:
        """The role that asks, and what hands it over: SageMaker's projects, and their stacks with this role only."""
        ask = Policy(
            self,
            "Ask",
            description="Publish a request on the business unit's topic in tooling",
            statements=publish(stack),
        )
        role = Role(
            self,
            "Starter",
            name=STARTER,
            description="Asks tooling for the projects that Studio starts from a template in S3",
            trusts=service(CLOUDFORMATION, stack.account),
            policies=[ask],
        ).role_arn
        # Which of the two services checks the right to hand the role over, AWS doesn't say.
        given_to = {"iam:PassedToService": [CLOUDFORMATION, "sagemaker.amazonaws.com"]}
        return [
            allow(*(f"sagemaker:{name}" for name in PROJECTS), on=stack.arn_of("sagemaker", "project/*")),
            allow("sagemaker:ListProjects", on="*"),
            allow("iam:PassRole", on=role, when={"StringEquals": given_to}),
            allow(
                *(f"cloudformation:{name}" for name in STACKS),
                on=stack.arn_of("cloudformation", "stack/*"),
                when={"StringEquals": {"cloudformation:RoleArn": role}},
            ),
            allow("cloudformation:DescribeStacks", on=stack.arn_of("cloudformation", "stack/*")),
        ]
