"""Names that can be chosen, in one place (pure Python: no CDK).

Whoever needs another account's resource derives its name here instead of looking it up, so that environments deploy in
any order and synthesis needs no credentials. Ids that AWS mints do not belong here.

A business unit's name and a project's name are part of other names; their limits follow from the shortest limit among
those: S3 buckets (63), IAM roles (64), SageMaker endpoints (63).
"""

import re
from dataclasses import dataclass
from typing import Literal

PREFIX = "fmops"
ROLE_PATH = f"/{PREFIX}/"
BUSINESS_UNIT = re.compile(r"[a-z][a-z0-9]{1,11}")
RESERVED = ("aws", "cdk", "fmops")
"""First words of names that belong to AWS, to the CDK and to the foundation; no project or template has one."""
PROJECT = re.compile(r"(?!(?:aws|cdk|fmops)(?:-|$))[a-z](?:[a-z0-9]|-(?=[a-z0-9])){1,23}")
STAGES: tuple[Literal["dev", "preprod", "prod"], ...] = ("dev", "preprod", "prod")

UNIT_TAG = "business-unit"
"""Who owns a resource: the tag of every role of a unit and of everything that a launch makes for the unit."""
SHARED = "shared"
"""The tag's value on what belongs to no unit; no unit can be called so."""

BOUNDARY = f"{PREFIX}-boundary"
LAUNCH_ROLE = f"{PREFIX}-launch"
SEED_STARTER = f"{PREFIX}-seed-starter"
SEEDER = f"{PREFIX}-seeder"
CODEARTIFACT_DOMAIN = PREFIX
CODEARTIFACT_REPOSITORY = "packages"
PROJECT_TEMPLATES, TEMPLATES_PREFIX = "project-templates", "templates/"
"""The purpose of the bucket in experimentation whose templates Studio shows, and where in it they are."""
PORTFOLIO = "FMOps catalog"
PROVISIONER = f"{PREFIX}-provisioner"
REQUESTS = f"{PREFIX}-requests"


def bucket(purpose: str, account: str, region: str) -> str:
    """A bucket's name: unique in the partition because the account and the region are part of it."""
    return f"{PREFIX}-{purpose}-{account}-{region}"


def role(name: str, business_unit: str | None = None) -> str:
    """An IAM role's name: `fmops-launch`, `fmops-retail-training`."""
    return "-".join(part for part in (PREFIX, business_unit, name) if part)


def role_path(name: str) -> str:
    """Where a role lives: all in `/fmops/`, but for one.

    Service Catalog's constraint names the launch role by its local name, and AWS documents no path in such a name: only
    a role in `/` is sure to be found by it.
    """
    return "/" if role(name) == LAUNCH_ROLE else ROLE_PATH


def role_arn(account: str, name: str, business_unit: str | None = None, partition: str = "aws") -> str:
    """The ARN of a role that a foundation's stack makes in `account`."""
    return f"arn:{partition}:iam::{account}:role{role_path(name)}{role(name, business_unit)}"


def portfolio(business_unit: str) -> str:
    """A business unit's portfolio, and the launch path that leads by it: `FMOps catalog (retail)`."""
    return f"{PORTFOLIO} ({business_unit})"


def requests_topic(business_unit: str) -> str:
    """The topic in tooling on which a business unit's experimentation account asks for projects."""
    return f"{PREFIX}-{business_unit}-requests"


def shared_policy(name: str) -> str:
    """A managed policy that the roles of one account share, with its path: `fmops/fmops-run-codebuild`."""
    return f"{ROLE_PATH[1:]}{role(name)}"


def database(zone: str) -> str:
    """A zone's database in the data lake's catalog, as SQL wants it: `fmops_prompt_catalog`."""
    return f"{PREFIX}_{zone.replace('-', '_')}"


def key_alias(purpose: str) -> str:
    """A customer-managed key's alias; it resolves in the key's own account only."""
    return f"alias/{PREFIX}/{purpose}"


def build_logs(project: str, owner: str = SHARED) -> str:
    """The log group of a CodeBuild project: `/aws/codebuild/retail/churn-build`.

    Args:
        owner: the business unit; it is part of the name, so that a policy can name one unit's logs.
    """
    return f"/aws/codebuild/{owner}/{project}"


def parameter(*path: str) -> str:
    """A Systems Manager parameter that a stack publishes for its own account: `/fmops/network/vpc-id`."""
    return "/" + "/".join((PREFIX, *path))


def project_parameter(business_unit: str, project: str) -> str:
    """Where a project is registered, in tooling: `/fmops/projects/retail/churn`."""
    return parameter("projects", business_unit, project)


def model_profile(family: str) -> str:
    """Where an account says which inference profile stands for a family of models."""
    return parameter("models", family)


APPLICATION_LOGS = f"/{PREFIX}/application"
"""The log group of all applications of an account."""

INVOCATION_LOG = f"/{PREFIX}/models"
"""The log group with what models were asked and what they answered."""

FLOW_LOGS = f"/{PREFIX}/network/flow-logs"
"""The log group of a network's flow logs, in every account and region."""

DNS_QUERIES = f"/{PREFIX}/network/dns-queries"
"""The log group of the names that a network looks up, in every account and region."""

VPC_ID = parameter("network", "vpc-id")
SUBNET_IDS = parameter("network", "subnet-ids")
WORKLOAD_SECURITY_GROUP_ID = parameter("network", "workload-security-group-id")
ENDPOINTS_SECURITY_GROUP_ID = parameter("network", "endpoints-security-group-id")
DATA_KEY_ARN = parameter("keys", "data-arn")
ARTIFACTS_KEY_ARN = parameter("keys", "artifacts-arn")
LOGS_KEY_ARN = parameter("keys", "logs-arn")
EXECUTE_API_ENDPOINT_ID = parameter("network", "execute-api-endpoint-id")
TOKENS_KEY_ARN = parameter("keys", "tokens-arn")
GUARDRAIL_ID = parameter("models", "guardrail-id")
GUARDRAIL_VERSION = parameter("models", "guardrail-version")
PARAMETERS = (VPC_ID, SUBNET_IDS, WORKLOAD_SECURITY_GROUP_ID, DATA_KEY_ARN, ARTIFACTS_KEY_ARN, LOGS_KEY_ARN)
"""Every parameter that a stack may publish; a role that reads them is given exactly these."""

BUILD_SUFFIX, PROMOTION_SUFFIX = "-build", "-promotion"
"""How the names of a project's two pipelines end, so that a policy can name one kind."""

RELEASE_SOURCE, RELEASE_PASSED = PREFIX, "Application Release Passed Dev"
"""Source and detail type of the event that offers an application's release to its promotion."""

APPROVALS = "approvals"
"""The bucket of the approval log, in tooling."""

APPROVE = "Approve"
"""The stage of a promotion in which people decide: an action for each persona that must approve."""


def approval(persona: str) -> str:
    """The action in which a persona approves: `product_owner` -> `ProductOwner`."""
    return "".join(word.capitalize() for word in persona.split("_"))


IMAGES = f"{PREFIX}/images"
"""The repository of job and endpoint images, in tooling."""


@dataclass(frozen=True)
class Project:
    """What one launch names in each account."""

    name: str
    business_unit: str

    @property
    def repository(self) -> str:
        """CodeCommit repository, in tooling."""
        return self.name

    @property
    def model_package_group(self) -> str:
        """SageMaker model package group, in tooling."""
        return self.name

    @property
    def build(self) -> str:
        """CodePipeline that turns a commit into a run of the model pipeline, in tooling."""
        return f"{self.name}{BUILD_SUFFIX}"

    @property
    def promotion(self) -> str:
        """CodePipeline that takes an approved model to production, in tooling."""
        return f"{self.name}{PROMOTION_SUFFIX}"

    @property
    def model_pipeline(self) -> str:
        """SageMaker pipeline, in the business unit's dev account."""
        return self.name

    def stack(self, stage: str) -> str:
        """CloudFormation stack of the seed's deploy app in a stage's account."""
        return f"{self.name}-{stage}"

    def function(self, kind: str, stage: str) -> str:
        """A function of an application, in a stage's account: `fmops-handbook-dev-answer`."""
        return f"{PREFIX}-{self.name}-{stage}-{kind}"

    def messages(self, stage: str) -> str:
        """The table of what an application was asked and answered, in a stage's account."""
        return f"{PREFIX}-{self.name}-{stage}-messages"

    def interface(self, stage: str) -> str:
        """The private REST API of an application, in a stage's account."""
        return f"{self.name}-{stage}"

    def interface_parameter(self, stage: str) -> str:
        """Where a stage's account says the id of an application's interface."""
        return parameter("applications", self.interface(stage), "interface-id")

    def releases(self) -> str:
        """Where bundles of an application are kept in tooling's bucket of artifacts, each named after its digest."""
        return f"code/{self.name}/releases"

    def endpoint(self, stage: str) -> str:
        """SageMaker endpoint in a stage's account."""
        return f"{self.name}-{stage}"
