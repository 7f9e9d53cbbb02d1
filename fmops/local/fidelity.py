"""Where ministack differs from AWS in what CDK apps and policies rely on: one small repair each."""

import contextvars
import copy
import dataclasses
import json
import re
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from ministack import app
from ministack.core import iam_evaluator
from ministack.services import ec2, s3, sts
from ministack.services.cloudformation import changesets, engine, handlers, helpers, provisioners, stacks

from fmops.local import identity, schemas

_OPEN = {"Version": "2008-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}


def endpoint_details() -> None:
    """An endpoint made by the API keeps its policy; DescribeVpcEndpoints tells it, security groups and private DNS."""
    describe, create = ec2._vpce_fields_xml, ec2._ACTION_MAP["CreateVpcEndpoint"]

    def created(parameters: Any) -> Any:
        answer = create(parameters)
        made = next(reversed(list(ec2._vpc_endpoints.values())), None)
        if made is not None and parameters.get("PolicyDocument"):
            made["PolicyDocument"] = parameters["PolicyDocument"][0]
        return answer

    ec2._ACTION_MAP["CreateVpcEndpoint"] = created

    def fields(endpoint: dict[str, Any], tag: str = "item") -> str:
        policy = endpoint.get("PolicyDocument") or _OPEN
        text = policy if isinstance(policy, str) else json.dumps(policy)
        groups = "".join(f"<item><groupId>{group}</groupId></item>" for group in endpoint.get("SecurityGroupIds", ()))
        private = str(endpoint.get("PrivateDnsEnabled", False)).lower()
        head, _, tail = describe(endpoint, tag=tag).rpartition(f"</{tag}>")
        more = f"<privateDnsEnabled>{private}</privateDnsEnabled><groupSet>{groups}</groupSet>"
        return f"{head}{more}<policyDocument>{escape(text)}</policyDocument></{tag}>{tail}"

    ec2._vpce_fields_xml = fields


def network_attributes() -> None:
    """Fn::GetAtt on a VPC or subnet reads all that its schema promises and its properties hold."""
    for resource_type in ("AWS::EC2::VPC", "AWS::EC2::Subnet"):
        record = provisioners._RESOURCE_HANDLERS[resource_type]
        schema = schemas.load(resource_type, "us-east-1") or {}
        names = {*schemas.paths(schema, "readOnlyProperties"), "CidrBlock", "VpcId"}

        def create(
            logical_id: str, properties: Any, stack: str, *, made: Any = record["create"], names: set[str] = names
        ) -> Any:
            physical_id, attributes = made(logical_id, properties, stack)
            return physical_id, {**{k: v for k, v in properties.items() if k in names}, **(attributes or {})}

        record["create"] = create


def suspended_versioning() -> None:
    """A bucket's versioning can be suspended by its stack; a bucket that had it never loses it."""
    record = provisioners._RESOURCE_HANDLERS["AWS::S3::Bucket"]
    made, changed = record["create"], record["update"]

    def settle(answer: Any, properties: Any) -> Any:
        status = properties.get("VersioningConfiguration", {}).get("Status")
        if status == "Suspended" or (status is None and answer[0] in s3._bucket_versioning):
            s3._bucket_versioning[answer[0]] = "Suspended"
        return answer

    record["create"] = lambda logical_id, new, stack: settle(made(logical_id, new, stack), new)
    record["update"] = lambda pid, old, new, stack: settle(changed(pid, old, new, stack), new)


def object_lock() -> None:
    """A bucket's stack sets its object lock: versions written from then on are kept for the default time."""
    record = provisioners._RESOURCE_HANDLERS["AWS::S3::Bucket"]
    made, changed = record["create"], record["update"]

    def lock(answer: Any, properties: Any) -> Any:
        if properties.get("ObjectLockEnabled"):
            rule = (properties.get("ObjectLockConfiguration") or {}).get("Rule") or {}
            s3._bucket_object_lock[answer[0]] = {"enabled": True, "default_retention": rule.get("DefaultRetention")}
        return answer

    record["create"] = lambda logical_id, new, stack: lock(made(logical_id, new, stack), new)
    record["update"] = lambda pid, old, new, stack: lock(changed(pid, old, new, stack), new)


def virtual_hosted_templates() -> None:
    """A template is read by its bucket's virtual-hosted URL too."""
    resolve = helpers._resolve_document

    def resolved(parameters: Any, body_key: str, url_key: str, label: str) -> Any:
        url = (parameters.get(url_key) or [""])[0]
        path_style = re.sub(r"^https://([^/]+?)\.s3[.-]([^/]*)/", r"https://s3.\2/\1/", url)
        return resolve({**parameters, url_key: [path_style]} if url else parameters, body_key, url_key, label)

    helpers._resolve_document = resolved


def loopback_is_secure() -> None:
    """`aws:SecureTransport` is true: nothing leaves the machine, and bucket policies deny plain HTTP as on AWS."""
    pin = iam_evaluator.pin_request_origin
    app.pin_request_origin = lambda source_ip, _secure: pin(source_ip, True)


def principal_arn() -> None:
    """`aws:PrincipalArn` of a role's session is the role's ARN, path included, not the session's."""
    resolve = iam_evaluator._resolve_condition_key

    def resolved(key: str, asked: Any) -> Any:
        found = resolve(key, asked)
        return identity.principal_of(found) if key.lower() == "aws:principalarn" else found

    iam_evaluator._resolve_condition_key = resolved


def foreign_buckets() -> None:
    """Another account's bucket policy is evaluated for who really calls, not for the caller's account as a whole."""
    evaluate = iam_evaluator.evaluate_resource_policy

    def evaluated(document: Any, asked: Any, *args: Any, **more: Any) -> Any:
        caller = iam_evaluator.caller_arn()
        if asked.principal_type == "Root" and caller.split(":")[4] == asked.principal_account:
            kind = "AssumedRole" if ":assumed-role/" in caller else "User" if ":user/" in caller else "Root"
            asked = dataclasses.replace(asked, principal_arn=caller, principal_type=kind)
        return evaluate(document, asked, *args, **more)

    iam_evaluator.evaluate_resource_policy = evaluated


_source_identity: contextvars.ContextVar[str] = contextvars.ContextVar("source_identity", default="")


def source_identity() -> None:
    """AssumeRole takes SourceIdentity: the trust policy can require it, and the session keeps it for good."""
    handle, register, trusts = sts.handle_request, sts.register_session, iam_evaluator.evaluate_trust_policy
    principal_keys = iam_evaluator._principal_keys

    async def handle_request(method: str, path: str, headers: Any, body: bytes, query: Any) -> Any:
        form = {**query, **parse_qs(body.decode(errors="replace"))}
        caller = sts._sessions.get(sts.extract_access_key_id(headers, query)) or {}
        identity = caller.get("SourceIdentity") or form.get("SourceIdentity", [""])[0]
        token = _source_identity.set(identity)
        try:
            status, out, data = await handle(method, path, headers, body, query)
        finally:
            _source_identity.reset(token)
        if identity and status == 200:
            text = data if isinstance(data, str) else data.decode()
            member = f"<SourceIdentity>{escape(identity)}</SourceIdentity></AssumeRoleResult>"
            data = text.replace("</AssumeRoleResult>", member).encode()
        return status, out, data

    def evaluate_trust_policy(document: Any, caller_arn: str, asked: Any = None) -> bool:
        identity = _source_identity.get()
        if not identity or asked is None or asked.action != "sts:AssumeRole":
            return bool(trusts(document, caller_arn, asked))
        asked = dataclasses.replace(asked, service_context={**asked.service_context, "sts:sourceidentity": identity})
        also = dataclasses.replace(asked, action="sts:SetSourceIdentity")
        return bool(trusts(document, caller_arn, asked) and trusts(document, caller_arn, also))

    def register_session(key: str, session: dict[str, Any]) -> None:
        session.setdefault("SourceIdentity", _source_identity.get() or None)
        register(key, session)

    def keys_of(credential: Any) -> dict[str, Any]:
        identity = (sts._sessions.get(credential.access_key_id) or {}).get("SourceIdentity")
        return {**principal_keys(credential), **({"aws:sourceidentity": identity} if identity else {})}

    sts.handle_request, sts.register_session = handle_request, register_session
    iam_evaluator.evaluate_trust_policy, iam_evaluator._principal_keys = evaluate_trust_policy, keys_of


def functions_in_conditions() -> None:
    """A condition may compare what Fn::Join, Fn::FindInMap and their like give; ministack compares Refs only."""
    evaluate = engine._evaluate_conditions
    known = ("Ref", "Fn::Equals", "Fn::Select", "Condition")

    def resolved(node: Any, template: Any, parameters: Any) -> Any:
        if isinstance(node, list):
            return [resolved(item, template, parameters) for item in node]
        if not isinstance(node, dict):
            return node
        name = next(iter(node), "")
        if len(node) == 1 and name.startswith("Fn::") and name not in (*known, "Fn::And", "Fn::Or", "Fn::Not"):
            where = (template.get("Mappings") or {}, "", f"arn:aws:cloudformation:{engine.get_region()}:0:stack/x/x")
            return engine._resolve_refs(copy.deepcopy(node), {}, parameters, {}, *where)
        return {key: resolved(value, template, parameters) for key, value in node.items()}

    def evaluated(template: Any, parameters: Any) -> Any:
        conditions = resolved(template.get("Conditions") or {}, template, parameters)
        return evaluate({**template, "Conditions": conditions}, parameters)

    for module in (engine, changesets, handlers, stacks):
        module._evaluate_conditions = evaluated


REPAIRS = (
    functions_in_conditions,
    endpoint_details,
    network_attributes,
    suspended_versioning,
    object_lock,
    virtual_hosted_templates,
    loopback_is_secure,
    principal_arn,
    source_identity,
    foreign_buckets,
)


def install() -> None:
    """Makes all repairs."""
    for repair in REPAIRS:
        repair()
