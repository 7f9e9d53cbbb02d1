"""In whose name CloudFormation acts: what a stack makes, changes and deletes needs its principal's rights, as on AWS.

The principal is the role that the operation or the change set names, else the role that the stack has from before, else
the caller (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html). What it needs
follows from AWS's resource schemas (`handlers.*.permissions`), which list all that a handler may ever call; `needs`
says how much of it is asked for.
"""

import contextvars
import os
import re
from typing import Any
from urllib.parse import parse_qs

from ministack import app
from ministack.core import iam_evaluator, router
from ministack.services import cloudformation, iam
from ministack.services.cloudformation import helpers, provisioners

from fmops.local import authz, deciding, identity, settings
from fmops.local.needs import needed, roles_in
from fmops.local.registry import AwsError, Model, table

_acting: contextvars.ContextVar[str] = contextvars.ContextVar("acting_principal", default="")
_ROLES = "execution.roles"
"""The role that a stack or a change set has, by id."""
_STARTS = ("CreateStack", "UpdateStack", "DeleteStack", "CreateChangeSet", "ExecuteChangeSet", "RollbackStack")


def acting() -> str:
    """The access key of who acts in the stack operation at hand; nothing where rights aren't asked for."""
    return _acting.get()


def _mode() -> str:
    """What is done about a right that a stack's principal lacks: `refuse`, `tell`, or `off`."""
    return os.environ.get(settings.EXECUTION, "refuse") if app.AUTH else "off"


def _role_of(form: dict[str, str], action: str) -> str | None:
    """The ARN of the role that an operation acts with, or None for the caller."""
    roles = table(_ROLES)
    if form.get("RoleARN"):
        return form["RoleARN"]
    if action == "ExecuteChangeSet":
        found = roles.get(_change_set(form))
        if found:
            return str(found)
    return roles.get(_stack(form.get("StackName", "")))


def _stack(name: str) -> str:
    stack: Model = next(
        (s for s in list(cloudformation._stacks.values()) if name in (s["StackName"], s["StackId"])), {}
    )
    return str(stack.get("StackId", ""))


def _change_set(form: dict[str, str]) -> str:
    name = form.get("ChangeSetName", "")
    return name if name.startswith("arn:") else f"{_stack(form.get('StackName', ''))}|{name}"


def _session(role: str) -> str:
    """The access key of a session of a stack's role. AwsError when CloudFormation can't take it."""
    try:
        taken = identity.service_session(role, "cloudformation.amazonaws.com", "AWSCloudFormation")
    except AwsError as error:
        raise AwsError("ValidationError", f"Role {role} is invalid or cannot be assumed") from error
    credentials = taken.get_credentials()
    return str(credentials.access_key) if credentials else ""


def _passes(caller: str, role: str) -> None:
    keys = {"iam:PassedToService": "cloudformation.amazonaws.com"}
    who = deciding.principal(caller)
    if who is None:
        return
    decided = deciding.identity_decision(who, deciding.asked(who, "iam:PassRole", role, keys))
    if decided.decision != "Allow":
        raise AwsError("AccessDenied", deciding.refusal(who, "iam:PassRole", role, decided), 403)


def _principal(headers: dict[str, str], query: Any, form: dict[str, str], action: str) -> str:
    """The access key of who acts in a stack operation. Raises AwsError when the role can't be passed or taken."""
    caller, role = router.extract_access_key_id(headers, query), _role_of(form, action)
    if role is None:
        return str(caller or "")
    if form.get("RoleARN"):
        _passes(str(caller or ""), role)
    return _session(role)


def _keys(properties: Model) -> Model:
    tags = properties.get("Tags") or []
    pairs = tags.items() if isinstance(tags, dict) else ((t.get("Key"), t.get("Value")) for t in tags)
    found: Model = {f"aws:RequestTag/{name}": value for name, value in pairs}
    found["aws:TagKeys"] = [name.split("/", 1)[1] for name in found] or None
    if properties.get("PermissionsBoundary"):
        found["iam:PermissionsBoundary"] = properties["PermissionsBoundary"]
    found["aws:CalledVia"] = ["cloudformation.amazonaws.com"]
    found["aws:CalledViaFirst"] = found["aws:CalledViaLast"] = "cloudformation.amazonaws.com"
    found["aws:ViaAWSService"] = "true"
    return found


_LEADING = {"AWS::SSM::Parameter": ("Name", "/"), "AWS::KMS::Alias": ("AliasName", "alias/")}
"""Names that begin with what IAM's ARN formats have already."""
_WITH_PATH = {
    "AWS::IAM::Role": ("RoleName", "RoleName"),
    "AWS::IAM::ManagedPolicy": ("ManagedPolicyName", "PolicyName"),
}
"""Names whose ARN has the path before them, and what IAM's data calls them."""


def _named(resource_type: str, properties: Model) -> Model:
    """Properties whose name is what the ARN's variable part is."""
    if resource_type in _LEADING:
        name, leading = _LEADING[resource_type]
        return {**properties, name: str(properties.get(name, "")).removeprefix(leading)}
    if resource_type in _WITH_PATH:
        name, known_as = _WITH_PATH[resource_type]
        path = str(properties.get("Path") or "/").lstrip("/")
        return {**properties, known_as: f"{path}{properties[name]}"} if properties.get(name) else properties
    return properties


_MINTED = {
    "AWS::Bedrock::ApplicationInferenceProfile",
    "AWS::Bedrock::Guardrail",
    "AWS::KMS::Key",
    "AWS::SageMaker::Domain",
    "AWS::ServiceCatalog::CloudFormationProduct",
    "AWS::ServiceCatalog::Portfolio",
}
"""Types that have a name, and whose ARN has an id of AWS's making instead."""


def _arn(resource_type: str, action: str, properties: Model) -> str:
    """The ARN that an action is evaluated on: the resource's own, as far as its name is chosen; else `*`."""
    service, _, operation = action.partition(":")
    kinds, kind = authz.kinds_of(service, operation), resource_type.split("::")[2].lower()
    plain = {found: found.replace("-", "") for found in kinds}
    own = [found for found in kinds if plain[found] == kind] or [k for k in kinds if plain[k].startswith(kind)]
    if resource_type in _MINTED or (not own and len(kinds) > 1):
        return "*"
    return authz.arn_of(service, own or kinds, _named(resource_type, properties))


def check(resource_type: str, step: str, properties: Model, old: Model | None = None) -> None:
    """Refuses what the acting principal may not do. Raises AwsError `AccessDenied`.

    Args:
        step: `create`, `update` or `delete`.
        properties: of the resource, with its name or id where it has one.
        old: its properties before an update.
    """
    who = deciding.principal(_acting.get()) if _acting.get() and _mode() != "off" else None
    if who is None:
        return
    try:
        _check(who, resource_type, step, properties, old)
    except AwsError as error:
        authz.record(who.arn, resource_type, step, error.message)
        if _mode() == "refuse":
            raise


def _check(
    who: iam_evaluator.PrincipalInfo, resource_type: str, step: str, properties: Model, old: Model | None
) -> None:
    if resource_type.startswith("Custom::") or resource_type == "AWS::CloudFormation::CustomResource":
        target = str(properties.get("ServiceToken", ""))
        _require(who, "sns:Publish" if ":sns:" in target else "lambda:InvokeFunction", target, {})
        return
    for action in needed(resource_type, step, properties, old):
        if action == "iam:PassRole":
            for role in sorted(roles_in(properties)):
                _require_pass(who, role)
        else:
            _require(who, action, _arn(resource_type, action, properties), _keys(properties))


def _require(who: iam_evaluator.PrincipalInfo, action: str, arn: str, keys: Model) -> None:
    decided = deciding.identity_decision(who, deciding.asked(who, action, arn, keys))
    if decided.decision == "Allow" or (arn == "*" and decided.decision != "Deny" and deciding.anywhere(who, action)):
        return
    raise AwsError("AccessDenied", deciding.refusal(who, action, arn, decided), 403)


def _require_pass(who: iam_evaluator.PrincipalInfo, role: str) -> None:
    """iam:PassRole, to one of the services that the role trusts."""
    record = iam._roles.get_scoped(role.split(":")[4], None, role.rpartition("/")[2]) or {}
    services = re.findall(r"[a-z0-9.-]+\.amazonaws\.com", str(record.get("AssumeRolePolicyDocument", ""))) or [""]
    questions = [deciding.asked(who, "iam:PassRole", role, {"iam:PassedToService": service}) for service in services]
    decisions = [deciding.identity_decision(who, question) for question in questions]
    if not any(decided.decision == "Allow" for decided in decisions):
        raise AwsError("AccessDenied", deciding.refusal(who, "iam:PassRole", role, decisions[0]), 403)


def _around_stacks() -> None:
    original = cloudformation.handle_request

    async def handle(method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> Any:
        form = {name: values[0] for name, values in {**query, **parse_qs(body.decode(errors="replace"))}.items()}
        action = form.get("Action", "")
        if action not in _STARTS or _mode() == "off":
            return await original(method, path, headers, body, query)
        try:
            token = _acting.set(_principal(headers, query, form, action))
        except AwsError as error:
            return helpers._error(error.code, error.message, error.status)
        try:
            answer = await original(method, path, headers, body, query)
        finally:
            _acting.reset(token)
        if form.get("RoleARN") and answer[0] == 200:
            _remember(form, answer[2])
        return answer

    cloudformation.handle_request = handle


def _remember(form: dict[str, str], body: bytes | str) -> None:
    text = body.decode() if isinstance(body, bytes) else body
    for arn in re.findall(r"<(?:StackId|Id)>([^<]+)</", text):
        table(_ROLES)[arn] = form["RoleARN"]
    if form.get("ChangeSetName"):
        table(_ROLES)[f"{_stack(form.get('StackName', ''))}|{form['ChangeSetName']}"] = form["RoleARN"]


def _around_custom_resources() -> None:
    for step, name in (("create", "_custom_resource_create"), ("update", "_custom_resource_update")):
        original = getattr(provisioners, name)

        def acting(*args: Any, _original: Any = original, _step: str = step, **more: Any) -> Any:
            properties = args[1] if _step == "create" else args[2]
            check("Custom::Resource", _step, properties)
            return _original(*args, **more)

        setattr(provisioners, name, acting)


def install() -> None:
    """Hooks the beginning of stack operations, and custom resources; `generic` asks for every other resource."""
    _around_stacks()
    _around_custom_resources()
