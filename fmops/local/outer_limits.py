"""What limits a principal from outside its account: the organisation's control policies, the endpoint it calls through.

A service control policy allows nothing; it must allow at every level from the root to the account, and an explicit deny
at any level denies (https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html).
The management account, service-linked roles and, here, an account's root are not limited by it. An endpoint policy
limits those who are known to call from its network: sessions of builds and jobs that have one.
"""

import contextvars
import json
from collections.abc import Iterator
from typing import Any

from ministack.core import iam_actions, iam_evaluator
from ministack.core.iam_evaluator import EvalResult, PrincipalInfo
from ministack.services import ec2, organizations, sts

from fmops.local import authz, context, deciding
from fmops.local.registry import Model
from fmops.local.services.organizations import MANAGEMENT

CONTROL, ENDPOINT = "a service control policy", "a VPC endpoint policy"
_denied_by: contextvars.ContextVar[str] = contextvars.ContextVar("denied_by", default="")


def _levels(account: str) -> Iterator[list[Any]]:
    """The control policies of the account, of the units above it, and of the root, each as a list of documents."""
    with context.scope(MANAGEMENT, context.region()):
        target: str | None = account
        while target:
            attached = [wanted for wanted, targets in list(organizations._attachments.items()) if target in targets]
            policies = [organizations._policies[wanted] for wanted in attached if wanted in organizations._policies]
            yield [json.loads(policy["_Content"]) for policy in policies if policy["Type"] == "SERVICE_CONTROL_POLICY"]
            record = organizations._accounts.get(target) or organizations._ous.get(target) or {}
            target = record.get("_ParentId")


def _endpoint_policies(key: str, service: str) -> Iterator[list[Any]]:
    """The policy of the endpoint of a service in the network that a session calls from."""
    network = (sts._sessions.get(key) or {}).get("Network")
    names = (f".{service}", f".{service}.api")
    for endpoint in list(ec2._vpc_endpoints.values()) if network else ():
        policy = endpoint.get("PolicyDocument")
        if endpoint.get("VpcId") == network and str(endpoint.get("ServiceName", "")).endswith(names) and policy:
            yield [json.loads(policy) if isinstance(policy, str) else policy]


def _within(layer: list[Any], question: iam_evaluator.EvalContext, kind: str) -> EvalResult | None:
    """What a layer of policies that must all together allow says against a question; None when it allows."""
    if kind == ENDPOINT:  # a resource policy: its principals count
        decided = iam_evaluator.evaluate_resource_policy(layer[0], question)
    else:
        decided = iam_evaluator.evaluate(question, [iam_evaluator.parse_policy_document(text) for text in layer])
    return None if decided.decision == "Allow" else decided


def refuses(key: str, service: str, action: str, resource: str, keys: Model) -> EvalResult | None:
    """The decision of the first control or endpoint policy that does not let a principal through, or None."""
    who = deciding.principal(key)
    if who is None:
        return None
    question = deciding.asked(who, action, resource, keys)
    for kind, layers in ((CONTROL, _control(who)), (ENDPOINT, _endpoint_policies(key, service))):
        for layer in layers:
            decided = _within(layer, question, kind)
            if decided is not None:
                _denied_by.set(kind)
                decided.principal_arn, decided.resource_policy_arn = who.arn, ""
                return decided
    return None


def _control(who: PrincipalInfo) -> Iterator[list[Any]]:
    if who.account != MANAGEMENT and "/aws-service-role/" not in who.arn:
        yield from (level for level in _levels(who.account) if level)


def install() -> None:
    """Lets a denial say which kind of policy denied."""
    respond = iam_actions.access_denied_response

    def access_denied_response(service: str, action: str, principal_arn: str, request_id: str, **more: Any) -> Any:
        kind = _denied_by.get()
        _denied_by.set("")
        if kind and not more.get("message") and not more.get("error_code"):
            explicit, name = more.get("explicit_deny"), kind.removeprefix("a ")
            why = f"with an explicit deny in {kind}" if explicit else f"because no {name} allows the {action} action"
            what = f"User: {principal_arn} is not authorized to perform: {action}"
            more["error_code"] = "AccessDenied" if service in ("ssm", "logs") else ""
            more["message"] = f"{what} on resource: {more.get('resource_arn', '*')} {why}"
        return respond(service, action, principal_arn, request_id, **more)

    iam_actions.access_denied_response = access_denied_response
    authz.LIMITS = refuses
