"""Cases as this engine takes them."""

from fmops.verify.policy import Caller, Principal, Request, Situation, Target, parse
from tests.verify.policy.cases import HOME, ORGANISATION, Case

ENDPOINT = "vpce-1"
"""The endpoint that a case's endpoint policy belongs to."""


def principal(case: Case) -> Principal:
    """Who makes the request."""
    if case["session"]:
        return Principal("role", case["principal"], case["account"], case["session"], case["organisation"])
    return Principal("user", case["principal"], case["account"], organisation=case["organisation"])


def situation(case: Case) -> Situation:
    """Which policies have a say."""
    boundary, resource, endpoint = case["boundary"], case["resource_policy"], case["endpoint"]
    caller = Caller(
        principal(case),
        tuple(parse(one, "identity", f"identity {number}") for number, one in enumerate(case["identity"])),
        parse(boundary, "boundary", "boundary") if boundary else None,
        (parse(case["session_policy"], "session", "session"),) if case["session_policy"] else (),
        tuple((parse(one, "scp", f"scp {number}"),) for number, one in enumerate(case["scps"])),
    )
    target = Target(
        HOME,
        parse(resource, "resource", "bucket") if resource else None,
        rcps=tuple((parse(one, "rcp", f"rcp {number}"),) for number, one in enumerate(case["rcps"])),
        organisation=ORGANISATION,
    )
    return Situation(caller, target, {ENDPOINT: parse(endpoint, "endpoint", "endpoint")} if endpoint else {})


def request(case: Case) -> Request:
    """What is asked for."""
    context = {key: tuple(value) if isinstance(value, list) else value for key, value in case["context"].items()}
    return Request(principal(case), case["action"], case["resource"], context)
