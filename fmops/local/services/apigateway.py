"""Private REST APIs: their host names, whoever's account they are in, and their resource policies.

ministack answers REST APIs with Lambda functions and authorizers itself; it knows public hosts only, looks in the
default account, and tells policies nothing of the endpoint that a call came over.
"""

import contextvars
import re
from typing import Any

from ministack import app
from ministack.core.iam_evaluator import EvalContext, evaluate_resource_policy
from ministack.services import apigateway_v1, ec2

HOST = re.compile(
    r"(?P<api>[a-z0-9]+)(?:-(?P<endpoint>vpce-[0-9a-f]+))?\.execute-api\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?::\d+)?"
)
_endpoint: contextvars.ContextVar[str | None] = contextvars.ContextVar("endpoint", default=None)
"""The private endpoint that the current call names in its host."""


def parse_host(host: str, path: str) -> tuple[str, str, str] | None:
    """(API, stage, path below the stage) of a call by AWS's own host name, or None for another host."""
    found = HOST.fullmatch(host)
    if found is None:
        return None
    _endpoint.set(found["endpoint"])
    stage, _, rest = path.lstrip("/").partition("/")
    return found["api"], stage, f"/{rest}"


def scope_of(api_id: str) -> tuple[str, str] | None:
    """(account, region) of an API: its id is enough, as it is on AWS."""
    for (account, region, stored), _ in apigateway_v1._rest_apis.all_items():
        if stored == api_id:
            return account, region
    return None


def source_endpoint(account: str, region: str) -> str | None:
    """The private endpoint that a call came over.

    A host says so. By the API's plain host name a network's own DNS leads to its own endpoint; whoever reaches the
    loopback interface counts as being in the API's network.
    """
    if named := _endpoint.get():
        return named
    for (owner, place, endpoint_id), record in ec2._vpc_endpoints.all_items():
        if (owner, place) == (account, region) and str(record.get("ServiceName", "")).endswith(".execute-api"):
            return str(endpoint_id)
    return None


def refusal(api_id: str, stage: str, method: str, path: str, account: str, region: str) -> Any:
    """API Gateway's answer to a call that the API's resource policy does not allow; None for one that it does.

    A private API without a policy lets nobody in.
    """
    api = apigateway_v1._rest_apis.get_scoped(account, region, api_id) or {}
    private = "PRIVATE" in (api.get("endpointConfiguration") or {}).get("types", ())
    if not app.AUTH or not (private or api.get("policy")):
        return None
    arn = apigateway_v1.execute_api_arn(region, account, api_id, stage, method, path)
    policy = (apigateway_v1.rest_api_policy_for_arn(arn) or ("",))[0]
    over = source_endpoint(account, region)
    context = EvalContext("*", "Anonymous", "", "execute-api:Invoke", arn, region)
    context.service_context.update({"aws:sourcevpce": over} if over else {})
    decision = evaluate_resource_policy(policy, context).decision if policy else "ImplicitDeny"
    if decision == "Allow":
        return None
    why = (
        "with an explicit deny in a resource-based policy"
        if decision == "Deny"
        else "because no resource-based policy allows the execute-api:Invoke action"
    )
    message = f"User: anonymous is not authorized to perform: execute-api:Invoke on resource: {arn} {why}"
    return apigateway_v1._gw_error("ACCESS_DENIED", message)


def install() -> None:
    """Puts the above before ministack's own."""
    parse, authorize = app._parse_execute_api_url, apigateway_v1._authorize_request_v1

    def parsed(host: str, path: str) -> Any:
        _endpoint.set(None)
        return parse_host(host, path) or parse(host, path)

    async def authorized(api_id: str, stage: str, called: Any, method: str, path: str, *rest: Any) -> Any:
        open_to_all = (called.get("authorizationType") or "NONE").upper() == "NONE"  # then ministack asks by itself
        if not open_to_all and (no := refusal(api_id, stage, method, path, *rest[-2:])):
            return no, None
        return await authorize(api_id, stage, called, method, path, *rest)

    app._parse_execute_api_url = parsed
    apigateway_v1.find_api_scope = scope_of
    apigateway_v1._anonymous_policy_error = refusal
    apigateway_v1._authorize_request_v1 = authorized
