"""The evaluator beside an engine that others wrote (ministack's), and the prover beside the evaluator."""

from ministack.core import iam_evaluator as other

from fmops.verify.policy import evaluate
from tests.verify.policy.cases import HOME, Case, cases
from tests.verify.policy.situations import ENDPOINT, request, situation

CASES = 2_000


def theirs(case: Case) -> bool:
    """What ministack's engine decides. It knows no organisation and no endpoint: each is a policy of its own to it."""
    context = other.EvalContext(
        case["session"] or case["principal"],
        "AssumedRole" if case["session"] else "User",
        case["account"],
        case["action"],
        case["resource"],
        "eu-west-1",
        source_ip=case["context"].get("aws:SourceIp"),
        tag_keys=case["context"].get("aws:TagKeys"),
        service_context={key.lower(): value for key, value in case["context"].items()},
    )
    limits = [[other.parse_policy_document(case["boundary"])]] if case["boundary"] else []
    identity = other.evaluate(context, [other.parse_policy_document(one) for one in case["identity"]], *limits)
    whole = other.combine_resource_policy(identity, context, case["resource_policy"], HOME, limits=tuple(limits))
    gates = [other.evaluate(context, [other.parse_policy_document(one)]) for one in case["scps"]]
    if case["endpoint"] and case["context"].get("aws:SourceVpce") == ENDPOINT:
        gates.append(other.evaluate_resource_policy(case["endpoint"], context))
    return all(one.decision == "Allow" for one in (whole, *gates))


def by_everybody(case: Case) -> bool:
    """Whether the two read AWS differently: an Allow to `*` within an account, beside a boundary.

    AWS: "permissions boundaries or session policies, do not limit permissions granted using the aws:PrincipalArn
    condition key with a wildcard(*) in the Principal element" (IAM User Guide, Principal element); ministack lets the
    boundary limit them.
    """
    policy = case["resource_policy"]
    stars = [one for one in policy["Statement"] if one["Principal"] in ("*", {"AWS": "*"})] if policy else []
    return bool(case["boundary"] and case["account"] == HOME and any(one["Effect"] == "Allow" for one in stars))


def test_the_evaluator_agrees_with_an_engine_that_others_wrote() -> None:
    allowed, differ = 0, list[tuple[Case, str]]()
    for case in cases(CASES):
        ours = evaluate(request(case), situation(case))
        allowed += ours.allowed
        if ours.allowed != theirs(case) and not by_everybody(case):
            differ.append((case, str(ours)))
    assert not differ, f"{len(differ)} of {CASES}, first: {differ[0]}"
    assert 0.2 < allowed / CASES < 0.8  # both outcomes are common
