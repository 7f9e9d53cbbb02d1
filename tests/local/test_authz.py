"""Who may do what: actions and resources of the services we add, trust with exact principals, boundaries, PassRole."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.conftest import REGION, Embedded

pytestmark = pytest.mark.e2e
TOOLING, OTHER = "000000000012", "000000000010"


def document(*statements: dict[str, Any]) -> str:
    """A policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: Any, on: str = "*", **more: Any) -> dict[str, Any]:
    """A statement that allows."""
    return {"Effect": "Allow", "Action": action, "Resource": on, **more}


def role(embedded: Embedded, name: str, *allowed: dict[str, Any], account: str = TOOLING, **more: Any) -> str:
    """Makes a role that its own account, or who `trust` says, may take; its ARN."""
    trust = more.pop("trust", {"Principal": {"AWS": account}, "Action": "sts:AssumeRole"})
    iam = embedded.client("iam", account)
    made = iam.create_role(
        RoleName=name, Path="/fmops/", AssumeRolePolicyDocument=document({"Effect": "Allow", **trust}), **more
    )
    if allowed:
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=document(*allowed))
    return str(made["Role"]["Arn"])


def group_arn(name: str) -> str:
    """The ARN of a model package group."""
    return f"arn:aws:sagemaker:{REGION}:{TOOLING}:model-package-group/{name}"


def test_resources_count(embedded: Embedded) -> None:
    arn = role(embedded, "reads-one", allow("sagemaker:CreateModelPackageGroup", group_arn("granted")))
    client = embedded.assume("sagemaker", arn, by=TOOLING)
    client.create_model_package_group(ModelPackageGroupName="granted")
    with pytest.raises(ClientError) as error:
        client.create_model_package_group(ModelPackageGroupName="refused")
    assert error.value.response["Error"]["Code"] == "AccessDeniedException"
    denial = embedded.status()["denied"][-1]
    assert denial["principal"] == f"arn:aws:sts::{TOOLING}:assumed-role/reads-one/test"
    assert (denial["action"], denial["resource"]) == ("sagemaker:CreateModelPackageGroup", group_arn("refused"))


def test_actions_count(embedded: Embedded) -> None:
    arn = role(embedded, "describes", allow("sagemaker:DescribeModelPackageGroup"))
    with pytest.raises(ClientError, match="sagemaker:ListModelPackageGroups"):
        embedded.assume("sagemaker", arn, by=TOOLING).list_model_package_groups()


def test_rest_paths_have_actions_and_resources(embedded: Embedded) -> None:
    domain = f"arn:aws:codeartifact:{REGION}:{TOOLING}:domain/packages"
    arn = role(
        embedded, "codeartifact", allow("codeartifact:CreateDomain"), allow("codeartifact:DescribeDomain", domain)
    )
    client = embedded.assume("codeartifact", arn, by=TOOLING)
    for name in ("packages", "others"):
        client.create_domain(domain=name)
    assert client.describe_domain(domain="packages")["domain"]["arn"] == domain
    with pytest.raises(ClientError, match="codeartifact:DescribeDomain"):
        client.describe_domain(domain="others")


@pytest.mark.parametrize(("passes", "error"), [(True, None), (False, "iam:PassRole")])
def test_pass_role(embedded: Embedded, passes: bool, error: str | None) -> None:
    trust = {"Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    passed = role(embedded, f"passed-{passes}", trust=trust)
    may_pass = [allow("iam:PassRole", passed)] if passes else []
    arn = role(embedded, f"passes-{passes}", allow("sagemaker:CreateModel"), *may_pass)
    client = embedded.assume("sagemaker", arn, by=TOOLING)
    image = f"{TOOLING}.dkr.ecr.{REGION}.amazonaws.com/x:1"
    wanted = {"ModelName": f"m-{passes}", "PrimaryContainer": {"Image": image}, "ExecutionRoleArn": passed}
    if error is None:
        client.create_model(**wanted)
    else:
        with pytest.raises(ClientError, match=error):
            client.create_model(**wanted)


def test_a_boundary_narrows(embedded: Embedded) -> None:
    policy = embedded.client("iam", TOOLING).create_policy(
        PolicyName="boundary", PolicyDocument=document(allow("sagemaker:List*"))
    )["Policy"]["Arn"]
    arn = role(embedded, "bounded", allow("sagemaker:*"), PermissionsBoundary=policy)
    client = embedded.assume("sagemaker", arn, by=TOOLING)
    assert client.list_models()["Models"] is not None
    with pytest.raises(ClientError, match="AccessDenied"):
        client.create_model_package_group(ModelPackageGroupName="beyond")


def test_an_exact_role_of_another_account_is_trusted(embedded: Embedded) -> None:
    trusted = f"arn:aws:iam::{OTHER}:role/fmops/caller"
    condition = {"ArnEquals": {"aws:PrincipalArn": trusted}}
    trust = {"Principal": {"AWS": f"arn:aws:iam::{OTHER}:root"}, "Action": "sts:AssumeRole", "Condition": condition}
    target = role(embedded, "target", trust=trust)
    for name, allowed in (("caller", True), ("caller-2", False)):
        arn = role(embedded, name, allow("sts:AssumeRole"), account=OTHER)
        client = embedded.assume("sts", arn, by=OTHER)
        if allowed:
            assert client.assume_role(RoleArn=target, RoleSessionName="test")["Credentials"]
        else:
            with pytest.raises(ClientError, match="AccessDenied"):
                client.assume_role(RoleArn=target, RoleSessionName="test")


def test_source_identity_is_required_and_kept(embedded: Embedded) -> None:
    condition = {"StringEquals": {"sts:SourceIdentity": ["ada"]}}
    actions = ["sts:AssumeRole", "sts:SetSourceIdentity"]
    trust = {"Principal": {"AWS": TOOLING}, "Action": actions, "Condition": condition}
    same = {"Condition": {"StringEquals": {"aws:SourceIdentity": "ada"}}}
    arn = role(embedded, "persona", allow("sagemaker:ListModels", **same), trust=trust)
    for wrong in ({}, {"SourceIdentity": "eve"}):
        with pytest.raises(ClientError, match="AccessDenied"):
            embedded.assume("sagemaker", arn, by=TOOLING, **wrong)
    assert embedded.assume("sagemaker", arn, by=TOOLING, SourceIdentity="ada").list_models()["Models"] is not None
    taken = embedded.client("sts", TOOLING).assume_role(RoleArn=arn, RoleSessionName="test", SourceIdentity="ada")
    assert taken["SourceIdentity"] == "ada"


def test_loopback_counts_as_tls(embedded: Embedded) -> None:
    s3 = embedded.client("s3", TOOLING)
    s3.create_bucket(Bucket="tls-only", CreateBucketConfiguration={"LocationConstraint": REGION})
    condition = {"Bool": {"aws:SecureTransport": "false"}}
    denied = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::tls-only/*"}
    s3.put_bucket_policy(Bucket="tls-only", Policy=document({**denied, "Condition": condition}))
    arn = role(embedded, "writes", allow("s3:PutObject", "arn:aws:s3:::tls-only/*"))
    embedded.assume("s3", arn, by=TOOLING).put_object(Bucket="tls-only", Key="k", Body=b"x")


def test_a_branch_is_a_condition(embedded: Embedded) -> None:
    client = embedded.client("codecommit", TOOLING)
    client.create_repository(repositoryName="branches")
    put = {"repositoryName": "branches", "filePath": "a", "fileContent": b"a"}
    tip = client.put_file(branchName="main", **put)["commitId"]
    for name in ("seeding", "work"):
        client.create_branch(repositoryName="branches", branchName=name, commitId=tip)
    only = {"Condition": {"StringEquals": {"codecommit:References": "refs/heads/seeding"}}}
    arn = role(embedded, "prunes", allow("codecommit:DeleteBranch", **only))
    prunes = embedded.assume("codecommit", arn, by=TOOLING)
    assert prunes.delete_branch(repositoryName="branches", branchName="seeding")["deletedBranch"]
    with pytest.raises(ClientError, match="codecommit:DeleteBranch"):
        prunes.delete_branch(repositoryName="branches", branchName="work")


OWN = {"Condition": {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}}
"""What bears the tag that the role bears."""


def tagged(team: str) -> dict[str, Any]:
    """A tag, as most services take it."""
    return {"Tags": [{"Key": "team", "Value": team}]}


@pytest.mark.parametrize(("team", "refused"), [("ml", False), ("web", True), (None, True), ("*", True)])
def test_a_role_acts_on_what_bears_its_tag(embedded: Embedded, team: str | None, refused: bool) -> None:
    """A version has its group's tags, a repository its own. Without a tag of its own, a role acts on nothing."""
    name = f"tags-{team}".replace("*", "any")
    embedded.client("codecommit", TOOLING).create_repository(repositoryName=name, tags={"team": "ml"})
    sagemaker = embedded.client("sagemaker", TOOLING)
    sagemaker.create_model_package_group(ModelPackageGroupName=name, **tagged("ml"))
    package = sagemaker.create_model_package(ModelPackageGroupName=name)["ModelPackageArn"]
    actions = ["codecommit:GetRepository", "sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"]
    arn = role(embedded, name, allow(actions, **OWN), **(tagged(team) if team else {}))
    repositories, packages = (embedded.assume(one, arn, by=TOOLING) for one in ("codecommit", "sagemaker"))
    for call, arguments in (
        (repositories.get_repository, {"repositoryName": name}),
        (packages.describe_model_package, {"ModelPackageName": package}),
        (packages.list_model_packages, {"ModelPackageGroupName": name}),
    ):
        if refused:
            with pytest.raises(ClientError, match="AccessDenied"):
                call(**arguments)
        else:
            assert call(**arguments)


@pytest.mark.parametrize(("group", "refused"), [("ml-1", False), ("web-1", True)])
def test_a_resource_may_name_the_roles_tag(embedded: Embedded, group: str, refused: bool) -> None:
    arn = role(
        embedded,
        f"names-{group}",
        allow("sagemaker:CreateModelPackageGroup", group_arn("${aws:PrincipalTag/team}-*")),
        **tagged("ml"),
    )
    client = embedded.assume("sagemaker", arn, by=TOOLING)
    if refused:
        with pytest.raises(ClientError, match="AccessDenied"):
            client.create_model_package_group(ModelPackageGroupName=group)
    else:
        assert client.create_model_package_group(ModelPackageGroupName=group)
