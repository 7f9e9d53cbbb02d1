"""What Studio shows as templates in S3: a bucket that `fmops catalog publish` fills with the unit's requests.

SageMaker finds it by the domain's tag, and shows the objects that carry another
(docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-projects-templates-custom.html: Using a template from an Amazon S3
bucket). Studio's page reads it from the browser: that is what the cross-origin rule is for.
"""

from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from fmops_constructs import names
from fmops_constructs.buckets import PrivateBucket
from fmops_constructs.iam import Policy, allow

from constructs import Construct
from stacks.base import FoundationStack

DOMAIN_TAG = "sagemaker:projectS3TemplatesLocation"


class ProjectTemplates(Construct):
    """The bucket of a business unit's templates.

    Attributes:
        location: where the templates are, for the domain's tag.
        read: the policy of who looks at them.
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
            description="Look at the templates that projects start from",
            statements=[
                allow("s3:GetObject", "s3:GetObjectTagging", on=f"arn:aws:s3:::{name}/{names.TEMPLATES_PREFIX}*"),
                allow("s3:GetBucketLocation", "s3:ListBucket", on=f"arn:aws:s3:::{name}"),
            ],
        )
