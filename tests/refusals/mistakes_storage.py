"""Buckets, keys, parameters, images."""

from typing import Any

from tests.local.conftest import REGION
from tests.refusals.table import refused
from tests.refusals.world import ACCOUNT, OTHER, World, document, statement

S3 = "https://docs.aws.amazon.com/AmazonS3/latest/API"
S3_GUIDE = "https://docs.aws.amazon.com/AmazonS3/latest/userguide"
ERRORS = f"{S3}/ErrorResponses.html"
KMS = "https://docs.aws.amazon.com/kms/latest/APIReference"
KMS_GUIDE = "https://docs.aws.amazon.com/kms/latest/developerguide"
ECR = "https://docs.aws.amazon.com/AmazonECR/latest/APIReference"
SSM = "https://docs.aws.amazon.com/systems-manager/latest/APIReference"


@refused(
    "A bucket is deleted that is not empty",
    wrong=True,
    right=False,
    code="BucketNotEmpty",
    says="The bucket you tried to delete is not empty",
    source=ERRORS,
)
def bucket_not_empty(world: World, full: bool) -> None:
    s3, bucket = world.client("s3"), world.bucket()
    if full:
        s3.put_object(Bucket=bucket, Key="data", Body=b"1")
    s3.delete_bucket(Bucket=bucket)


@refused(
    "A bucket with old versions is deleted",
    wrong=False,
    right=True,
    code="BucketNotEmpty",
    says="not empty",
    source=ERRORS,
)
def bucket_with_versions(world: World, all_versions: bool) -> None:
    s3, bucket = world.client("s3"), world.bucket()
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    made = s3.put_object(Bucket=bucket, Key="data", Body=b"1")["VersionId"]
    marker = s3.delete_object(Bucket=bucket, Key="data")["VersionId"]
    for version in (made, marker) if all_versions else ():
        s3.delete_object(Bucket=bucket, Key="data", VersionId=version)
    s3.delete_bucket(Bucket=bucket)


@refused(
    "A bucket's name is another account's",
    wrong=True,
    right=False,
    code="BucketAlreadyExists",
    says="The requested bucket name is not available",
    source=ERRORS,
)
def taken_bucket(world: World, taken: bool) -> None:
    name = world.bucket(OTHER) if taken else world.name("free-bucket")
    where: Any = {"LocationConstraint": REGION}
    world.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration=where)


@refused(
    "A bucket is made in another region than the endpoint's",
    wrong="us-west-2",
    right=REGION,
    code="IllegalLocationConstraintException",
    says="location constraint is incompatible for the region specific endpoint",
    source=ERRORS,
)
def wrong_region(world: World, region: Any) -> None:
    where: Any = {"LocationConstraint": region}
    world.client("s3").create_bucket(Bucket=world.name("placed-bucket"), CreateBucketConfiguration=where)


@refused(
    "A bucket's name has capital letters",
    wrong="Bucket",
    right="bucket",
    code="InvalidBucketName",
    says="The specified bucket is not valid",
    source=f"{S3_GUIDE}/bucketnamingrules.html",
)
def bucket_name(world: World, stem: str) -> None:
    name = world.name(f"spelled-{stem}")
    where: Any = {"LocationConstraint": REGION}
    world.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration=where)


@refused(
    "A bucket policy names a principal that does not exist",
    wrong=f"arn:aws:iam::{ACCOUNT}:role/nobody",
    right=f"arn:aws:iam::{ACCOUNT}:root",
    code="MalformedPolicy",
    says="Invalid principal in policy",
    source=f"{S3_GUIDE}/s3-bucket-user-policy-specifying-principal-intro.html",
)
def unknown_principal_of_bucket(world: World, principal: str) -> None:
    bucket = world.bucket()
    allow = statement("s3:GetObject", f"arn:aws:s3:::{bucket}/*", Principal={"AWS": principal})
    world.client("s3").put_bucket_policy(Bucket=bucket, Policy=document(allow))


@refused(
    "A bucket policy speaks of another bucket",
    wrong="another-bucket",
    right=None,
    code="MalformedPolicy",
    says="Policy has invalid resource",
    source=ERRORS,
)
def foreign_resource(world: World, other: str | None) -> None:
    bucket = world.bucket()
    allow = statement("s3:GetObject", f"arn:aws:s3:::{other or bucket}/*", Principal={"AWS": ACCOUNT})
    world.client("s3").put_bucket_policy(Bucket=bucket, Policy=document(allow))


@refused(
    "A public bucket policy where public access is blocked",
    wrong="*",
    right={"AWS": ACCOUNT},
    code="AccessDenied",
    says="",
    source=f"{S3_GUIDE}/access-control-block-public-access.html",
)
def public_policy(world: World, principal: Any) -> None:
    s3, bucket = world.client("s3"), world.bucket()
    blocked: Any = {"BlockPublicPolicy": True, "RestrictPublicBuckets": True}
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=blocked)
    allow = statement("s3:GetObject", f"arn:aws:s3:::{bucket}/*", Principal=principal)
    s3.put_bucket_policy(Bucket=bucket, Policy=document(allow))


@refused(
    "An encrypted object is read without a right to its key",
    wrong=[],
    right=["kms:Decrypt"],
    code="AccessDenied",
    says="is not authorized to perform: kms:Decrypt on resource",
    source=f"{S3_GUIDE}/UsingKMSEncryption.html",
)
def key_not_granted(world: World, actions: list[str]) -> None:
    bucket, key = world.bucket(), world.key()
    world.client("s3").put_object(
        Bucket=bucket, Key="secret", Body=b"1", ServerSideEncryption="aws:kms", SSEKMSKeyId=key
    )
    reader = world.allowed("s3", statement(["s3:GetObject"]), *(statement(action, key) for action in actions))
    reader.get_object(Bucket=bucket, Key="secret")


@refused(
    "An object is written into a bucket whose default key the writer may not use",
    wrong=[],
    right=["kms:GenerateDataKey"],
    code="AccessDenied",
    says="is not authorized to perform: kms:GenerateDataKey on resource",
    source=f"{S3_GUIDE}/UsingKMSEncryption.html",
)
def key_not_granted_to_write(world: World, actions: list[str]) -> None:
    bucket, key = world.bucket(), world.key()
    rule: Any = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    world.client("s3").put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    writer = world.allowed("s3", statement(["s3:PutObject"]), *(statement(action, key) for action in actions))
    writer.put_object(Bucket=bucket, Key="secret", Body=b"1")


@refused(
    "Another account reads an encrypted object and the key's policy does not name it",
    wrong=ACCOUNT,
    right=OTHER,
    code="AccessDenied",
    says="is not authorized to perform: kms:Decrypt on resource",
    source=f"{KMS_GUIDE}/key-policy-modifying-external-accounts.html",
)
def key_policy_of_another_account(world: World, named: str) -> None:
    everything = statement("kms:*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
    use = statement("kms:Decrypt", Principal={"AWS": f"arn:aws:iam::{named}:root"})
    bucket, key, s3 = world.bucket(), world.key(Policy=document(everything, use)), world.client("s3")
    shared = statement("s3:GetObject", f"arn:aws:s3:::{bucket}/*", Principal={"AWS": f"arn:aws:iam::{OTHER}:root"})
    s3.put_bucket_policy(Bucket=bucket, Policy=document(shared))
    s3.put_object(Bucket=bucket, Key="secret", Body=b"1", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    reader = world.allowed("s3", statement(["s3:GetObject", "kms:Decrypt"]), account=OTHER)
    reader.get_object(Bucket=bucket, Key="secret")


@refused(
    "An alias for another account's key",
    wrong=OTHER,
    right=ACCOUNT,
    code="NotFoundException",
    says="",
    source=f"{KMS}/API_CreateAlias.html",
)
def alias_across_accounts(world: World, owner: str) -> None:
    world.client("kms").create_alias(AliasName=f"alias/{world.name('key')}", TargetKeyId=world.key(owner))


@refused(
    "Another account's key is named by its alias alone",
    wrong=OTHER,
    right=ACCOUNT,
    code="NotFoundException",
    says="",
    source=f"{KMS}/API_Encrypt.html",
)
def alias_of_another_account(world: World, owner: str) -> None:
    alias = f"alias/{world.name('shared')}"
    world.client("kms", owner).create_alias(AliasName=alias, TargetKeyId=world.key(owner))
    world.client("kms").encrypt(KeyId=alias, Plaintext=b"1")


@refused(
    "An alias's name is taken",
    wrong=True,
    right=False,
    code="AlreadyExistsException",
    says="already exists",
    source=f"{KMS}/API_CreateAlias.html",
)
def taken_alias(world: World, taken: bool) -> None:
    kms, key, name = world.client("kms"), world.key(), f"alias/{world.name('taken')}"
    kms.create_alias(AliasName=name, TargetKeyId=key)
    if not taken:
        kms.delete_alias(AliasName=name)
    kms.create_alias(AliasName=name, TargetKeyId=key)


@refused(
    "A key policy names a principal that does not exist",
    wrong=f"arn:aws:iam::{ACCOUNT}:role/nobody",
    right=f"arn:aws:iam::{ACCOUNT}:root",
    code="MalformedPolicyDocumentException",
    says="Policy contains a statement with one or more invalid principals",
    source=f"{KMS}/API_PutKeyPolicy.html",
)
def unknown_principal_of_key(world: World, principal: str) -> None:
    everything = statement("kms:*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
    world.key(Policy=document(everything, statement("kms:Decrypt", Principal={"AWS": principal})))


@refused(
    "A key policy locks its account out",
    wrong="kms:Decrypt",
    right="kms:*",
    code="MalformedPolicyDocumentException",
    says="The new key policy will not allow you to update the key policy in the future",
    source=f"{KMS}/API_CreateKey.html",
)
def key_lockout(world: World, action: str) -> None:
    world.key(Policy=document(statement(action, Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"})))


@refused(
    "A disabled key encrypts",
    wrong=True,
    right=False,
    code="DisabledException",
    says="is disabled",
    source=f"{KMS}/API_Encrypt.html",
)
def disabled_key(world: World, disabled: bool) -> None:
    kms, key = world.client("kms"), world.key()
    if disabled:
        kms.disable_key(KeyId=key)
    kms.encrypt(KeyId=key, Plaintext=b"1")


@refused(
    "A key is to be deleted within a week",
    wrong=6,
    right=7,
    code="ValidationException",
    says="",
    source=f"{KMS}/API_ScheduleKeyDeletion.html",
)
def hasty_deletion(world: World, days: int) -> None:
    world.client("kms").schedule_key_deletion(KeyId=world.key(), PendingWindowInDays=days)


def _manifest(number: int) -> str:
    config = (
        f'{{"mediaType":"application/vnd.docker.container.image.v1+json","size":1,"digest":"sha256:{number:064d}"}}'
    )
    kind = "application/vnd.docker.distribution.manifest.v2+json"
    return f'{{"schemaVersion":2,"mediaType":"{kind}","config":{config},"layers":[]}}'


@refused(
    "A tag is overwritten where tags are immutable",
    wrong="IMMUTABLE",
    right="MUTABLE",
    code="ImageTagAlreadyExistsException",
    says=r"tag .* already exists",
    source=f"{ECR}/API_PutImage.html",
)
def immutable_tag(world: World, mutability: Any) -> None:
    ecr, name = world.client("ecr"), world.name("images")
    ecr.create_repository(repositoryName=name, imageTagMutability=mutability)
    for number in (1, 2):
        ecr.put_image(repositoryName=name, imageManifest=_manifest(number), imageTag="v1")


@refused(
    "A repository of images is deleted that is not empty",
    wrong=True,
    right=False,
    code="RepositoryNotEmptyException",
    says="",
    source=f"{ECR}/API_DeleteRepository.html",
)
def repository_not_empty(world: World, full: bool) -> None:
    ecr, name = world.client("ecr"), world.name("images")
    ecr.create_repository(repositoryName=name)
    if full:
        ecr.put_image(repositoryName=name, imageManifest=_manifest(3), imageTag="v1")
    ecr.delete_repository(repositoryName=name)


@refused(
    "A parameter exists and is not to be overwritten",
    wrong=False,
    right=True,
    code="ParameterAlreadyExists",
    says="The parameter already exists",
    source=f"{SSM}/API_PutParameter.html",
)
def taken_parameter(world: World, overwrite: bool) -> None:
    ssm, name = world.client("ssm"), world.name("/refusals/taken")
    ssm.put_parameter(Name=name, Value="1", Type="String")
    ssm.put_parameter(Name=name, Value="2", Type="String", Overwrite=overwrite)


@refused(
    "A standard parameter is longer than 4,096 characters",
    wrong=4097,
    right=4096,
    code="ValidationException",
    says="Standard tier parameters support a maximum parameter value of 4096 characters",
    source=f"{SSM}/API_PutParameter.html",
)
def long_parameter(world: World, length: int) -> None:
    world.client("ssm").put_parameter(Name=world.name("/refusals/long"), Value="x" * length, Type="String")


@refused(
    "A parameter's name begins with aws",
    wrong="/aws/mine",
    right="/refusals/mine",
    code="AccessDeniedException",
    says="",
    source=f"{SSM}/API_PutParameter.html",
)
def reserved_parameter(world: World, stem: str) -> None:
    world.client("ssm").put_parameter(Name=world.name(stem), Value="1", Type="String")
