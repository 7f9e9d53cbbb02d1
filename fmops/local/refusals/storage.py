"""Buckets, objects and keys: whom policies name, and what an object's key asks of who reads or writes the object.

S3 asks KMS in the caller's name: for `kms:Decrypt` when an encrypted object is read, for `kms:GenerateDataKey` when one
is written (https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html).
"""

import fnmatch
import re
from typing import Any

from ministack import app
from ministack.core import iam_actions, router
from ministack.services import kms, s3

from fmops.local import context, deciding
from fmops.local.refusals import policies
from fmops.local.refusals.register import refuses, told
from fmops.local.registry import AwsError, Params

_KEY_HEADER = "x-amz-server-side-encryption-aws-kms-key-id"
_READS = ("s3:GetObject", "s3:GetObjectVersion")
STANDARD_PARAMETER = 4096


@refuses("kms:CreateKey", "kms:PutKeyPolicy", "AWS::KMS::Key")
def key_policy(members: Params) -> None:
    text = members.get("Policy") or members.get("KeyPolicy")
    if not text:
        return
    code = "MalformedPolicyDocumentException"
    document = policies.parsed(text, code)
    for _ in policies.unknown_principals(document):
        raise AwsError(code, "Policy contains a statement with one or more invalid principals.")
    if not members.get("BypassPolicyLockoutSafetyCheck") and not any(map(_manages, policies.statements(document))):
        raise AwsError(code, "The new key policy will not allow you to update the key policy in the future.")


def _manages(statement: Params) -> bool:
    """Whether a statement lets somebody of the account change the key's policy."""
    actions = [str(action).lower() for action in policies.listed(statement.get("Action"))]
    principal = statement.get("Principal")
    named = policies.listed(principal.get("AWS")) if isinstance(principal, dict) else [principal]
    own = any(name == "*" or context.account() in str(name) for name in named)
    allows = statement.get("Effect") == "Allow" and own
    return allows and any(fnmatch.fnmatchcase("kms:putkeypolicy", action) for action in actions)


@refuses("ssm:PutParameter", "AWS::SSM::Parameter")
def parameter_size(members: Params) -> None:
    tier = members.get("Tier") or "Standard"
    if tier == "Standard" and len(str(members.get("Value") or "")) > STANDARD_PARAMETER:
        most = f"Standard tier parameters support a maximum parameter value of {STANDARD_PARAMETER} characters."
        raise AwsError("ValidationException", f"{most} To create a larger parameter value, use the Advanced tier.")


@refuses("AWS::S3::BucketPolicy")
def bucket_policy(properties: Params) -> None:
    _bucket_policy(properties["Bucket"], properties["PolicyDocument"])


def _bucket_policy(bucket: str, text: Any) -> None:
    document = policies.parsed(text, "MalformedPolicy")
    for _ in policies.unknown_principals(document):
        raise AwsError("MalformedPolicy", "Invalid principal in policy")
    for statement in policies.statements(document):
        for resource in map(str, policies.listed(statement.get("Resource"))):
            name = resource.removeprefix("arn:aws:s3:::").split("/")[0]
            if resource.startswith("arn:aws:s3:::") and not fnmatch.fnmatchcase(bucket, name):
                raise AwsError("MalformedPolicy", "Policy has invalid resource")


def key_of(wanted: str, owner: str) -> tuple[str, str, Any] | None:
    """ARN, owner and record of a key, named by id, ARN or alias as its owner's account knows it; None if unknown."""
    found = re.fullmatch(r"arn:[^:]+:kms:([^:]+):(\d{12}):.+", wanted)
    region, owner = (found[1], found[2]) if found else (context.region(), owner)
    with context.scope(owner, region):
        record = kms._resolve_key(wanted)
    return (record["Arn"], owner, record) if record else None


def _aliases(arn: str) -> list[str]:
    _, _, _, region, owner, key = arn.split(":")
    with context.scope(owner, region):
        return [alias.rpartition(":")[2] for alias, target in list(kms._aliases.items()) if key == f"key/{target}"]


def check_key(access_key: str, action: str, wanted: str, owner: str, object_arn: str) -> None:
    """Refuses a principal that may not use an object's key by way of S3.

    Args:
        wanted: the key, as the object or the bucket names it.
        owner: the account of the bucket, where a bare id or alias is looked up.

    Raises:
        AwsError: `AccessDenied`, or `KMS.NotFoundException` when there is no such key.
    """
    if "alias/aws/" in wanted:
        return  # S3's own key: whoever may use the bucket may use it
    who, found = deciding.principal(access_key), key_of(wanted, owner)
    if found is None:
        raise AwsError("KMS.NotFoundException", f"Key '{wanted}' does not exist")
    if who is None:
        return  # an account's root
    arn, key_owner, record = found
    keys = {
        "kms:ViaService": f"s3.{context.region()}.amazonaws.com",
        "kms:CallerAccount": who.account,
        "kms:ResourceAliases": _aliases(arn),
        "kms:EncryptionContext:aws:s3:arn": object_arn,
        "aws:ViaAWSService": "true",
    }
    question = deciding.asked(who, action, arn, keys)
    decided = deciding.with_policy(who, question, record.get("Policy") or "", key_owner)
    if decided.decision != "Allow":
        raise AwsError("AccessDenied", deciding.refusal(who, action, arn, decided), 403)


def _place(path: str, headers: dict[str, str]) -> tuple[str, str]:
    """Bucket and key of a request."""
    host = re.match(r"(.+?)\.s3[.-]", headers.get("host", ""))
    bucket, _, key = (f"{host[1]}{path}" if host else path.lstrip("/")).partition("/")
    return bucket, key


def install() -> None:
    """Comes before S3's own handling of bucket policies and encrypted writes, and after its reads."""
    inner = app.SERVICE_HANDLERS["s3"]

    def before(action: str | None, path: str, headers: dict[str, str], body: bytes, query: Any) -> None:
        bucket, key = _place(path, headers)
        if action == "s3:PutBucketPolicy":
            _bucket_policy(bucket, body.decode())
        if action == "s3:PutObject" and key and not {"tagging", "acl"} & query.keys():
            owner = s3._bucket_owner_account(bucket) or context.account()
            with context.scope(owner, context.region()):
                kept, error = s3._resolve_sse_write_headers(headers, bucket)
            used = None if error else (kept or {}).get(_KEY_HEADER)
            if used:
                caller = router.extract_access_key_id(headers, query)
                check_key(caller, "kms:GenerateDataKey", used, owner, f"arn:aws:s3:::{bucket}/{key}")

    async def handle(method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> Any:
        if not app.AUTH:
            return await inner(method, path, headers, body, query)
        action = iam_actions.extract_iam_action("s3", method, path, headers, body, query)
        try:
            before(action, path, headers, body, query)
            answer = await inner(method, path, headers, body, query)
            used = {name.lower(): value for name, value in answer[1].items()}.get(_KEY_HEADER)
            if used and answer[0] < 300 and action in _READS:
                bucket, key = _place(path, headers)
                owner = s3._bucket_owner_account(bucket) or context.account()
                caller = router.extract_access_key_id(headers, query)
                check_key(caller, "kms:Decrypt", used, owner, f"arn:aws:s3:::{bucket}/{key}")
            return answer
        except AwsError as error:
            return told("s3", error, headers)

    app.SERVICE_HANDLERS["s3"] = handle
