"""AWS services as principals: which say for whom they work, and which providers of identities are everybody's."""

SAY_WHOSE_ROLE = frozenset(
    {
        "appstream",
        "bedrock",
        "bedrock-agentcore",
        "codebuild",
        "codepipeline",
        "cognito-idp",
        "comprehend",
        "config",
        "datasync",
        "ecs-tasks",
        "elasticmapreduce",
        "emr-serverless",
        "events",
        "firehose",
        "fis",
        "forecast",
        "frauddetector",
        "healthlake",
        "iot",
        "kendra",
        "lex",
        "lexv2",
        "osis-pipelines",
        "personalize",
        "pipes",
        "qbusiness",
        "rekognition",
        "sagemaker",
        "scheduler",
        "ssm",
        "states",
        "textract",
        "transcribe",
        "transfer",
        "translate",
        "vpc-flow-logs",
    }
)
"""Services that assume roles and say for whom, as their pages "Cross-service confused deputy prevention" tell. One that
isn't here is not asked about: with Lambda, EC2, API Gateway and CloudFormation no page shows such a condition, and
iam:PassRole, which never crosses accounts, is what holds.
https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html#cross-service-confused-deputy-prevention"""

SAYS_NOT_FOR_WHOM = frozenset(
    {
        "lambda.amazonaws.com",  # a function's role, or ECR for an image: in the account by iam:PassRole
        "elasticloadbalancing.amazonaws.com",
        "logdelivery.elasticloadbalancing.amazonaws.com",
        "cloudwatch.amazonaws.com",  # alarms to encrypted topics
    }
)
"""Service principals of resource policies whose calls carry neither aws:SourceAccount nor aws:SourceArn."""

ENCRYPTED_FOR = (
    "kms:EncryptionContext:aws:logs:arn",
    "kms:EncryptionContext:aws:cloudtrail:arn",
    "kms:EncryptionContext:aws:s3:arn",
    "kms:EncryptionContext:aws:sqs:arn",
    "kms:EncryptionContext:aws:sns:topicArn",
)
"""Encryption contexts that say whose data a service encrypts:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html"""

PUBLIC_PROVIDERS = {
    "token.actions.githubusercontent.com": "token.actions.githubusercontent.com:sub",
    "gitlab.com": "gitlab.com:sub",
    "app.terraform.io": "app.terraform.io:sub",
    "cognito-identity.amazonaws.com": "cognito-identity.amazonaws.com:aud",
    "accounts.google.com": "accounts.google.com:aud",
    "graph.facebook.com": "graph.facebook.com:app_id",
    "www.amazon.com": "www.amazon.com:app_id",
}
"""Identity providers that anybody can have an identity with, and the key that says whose it is:
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html"""

WITHOUT_ENDPOINT_POLICY = frozenset({"codepipeline"})
"""Services whose endpoints take no policy."""
