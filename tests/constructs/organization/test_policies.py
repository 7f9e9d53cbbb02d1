"""The policies as a whole: within AWS's limits, in AWS's words, the same each time, for the right accounts."""

import json
import re
from dataclasses import replace
from functools import cache
from itertools import combinations
from typing import Any

import pytest
from cfnlint.data import AdditionalSpecs
from cfnlint.helpers import load_resource
from fmops_constructs.models import FAMILIES, Allowed, endpoint_policy
from fmops_constructs.organization import RULES, OrganizationPolicy, packing, policies, scope
from fmops_constructs.organization.rule import Rule, always, deny
from hypothesis import given, settings
from hypothesis import strategies as st

from fmops.verify.policy import parse
from tests.assemblies import as_list, example
from tests.constructs.organization.asking import ENGINE, SCOPE, Ask, allowed, made

GROWN = 8
"""Models listed for a kind of account besides those of the example: room that must be there."""


def statements(found: OrganizationPolicy) -> list[dict[str, Any]]:
    """The statements of a control policy; none of another."""
    return as_list(found.content.get("Statement"))


@pytest.mark.parametrize("policy", made(), ids=lambda policy: policy.name)
def test_it_is_within_the_limits(policy: OrganizationPolicy) -> None:
    limit = packing.SIZE if policy.type in ENGINE else packing.MANAGEMENT_SIZE
    assert len(policy.text) <= limit
    assert policy.targets
    assert len(policy.name) <= 128
    assert len(policy.description) <= 512
    assert json.loads(policy.text) == policy.content


def test_no_target_has_more_than_it_may() -> None:
    for kind in ENGINE:
        for accounts in SCOPE.accounts.values():
            for account in accounts:
                attached = [policy.name for policy in made() if policy.type == kind and account in policy.targets]
                assert 1 <= len(attached) < packing.PER_TARGET  # one place is AWS's own


def test_what_is_too_large_is_told_with_a_remedy() -> None:
    many = {"prod": tuple(f"arn:aws:bedrock:eu-west-1::foundation-model/a.model-{n}" for n in range(100))}
    with pytest.raises(packing.TooLargeError, match=r"ModelsListed: \d+ characters.*List fewer models"):
        policies(replace(SCOPE, models=many))
    long = always(*(deny(*(f"s3:Get{letter}{n}" for n in range(300))) for letter in "abcde"))
    rule = Rule("Long", "", "", (), "", long, on=("prod",))
    with pytest.raises(packing.TooLargeError, match=r"prod: \d+ policies of kind scp"):
        policies(SCOPE, (*RULES, rule))


def test_a_list_of_models_may_grow() -> None:
    model = Allowed("amazon.nova-lite", "geography", "000000000024", "eu-west-1")
    more = [arn.replace("nova-lite", f"nova-number-{n}") for n in range(GROWN) for arn in model.models]
    policies(replace(SCOPE, models={"prod": tuple(more)}))


@pytest.mark.parametrize("policy", [p for p in made() if p.type in ENGINE], ids=lambda policy: policy.name)
def test_it_is_aws_grammar(policy: OrganizationPolicy) -> None:
    """Read strictly; and nothing that a control policy may not have, such as a principal other than * in an RCP."""
    parse(policy.text, ENGINE[policy.type], policy.name)
    for statement in statements(policy):
        assert statement["Effect"] == "Deny"
        assert re.fullmatch(r"[A-Za-z0-9]+", statement["Sid"])
        assert ("Principal" in statement) == (ENGINE[policy.type] == "rcp")
        assert statement.get("Principal", "*") == "*"
    sids = [statement["Sid"] for statement in statements(policy)]
    assert len(set(sids)) == len(sids)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_its_actions_are_those_of_iam(rule: Rule) -> None:
    """A misspelt action denies nothing, and no one notices."""
    known = actions_of_iam()
    for statement in rule.said(SCOPE, (rule.on or ("prod",))[0]):
        for pattern in as_list(statement.get("Action", statement.get("NotAction"))):
            if pattern != "*":
                assert matching(known, pattern), pattern


@cache
def actions_of_iam() -> dict[str, list[str]]:
    """IAM's actions by service, in lower case, as cfn-lint ships them."""
    listed = load_resource(AdditionalSpecs, "Policies.json")
    return {service: list(content.get("Actions", ())) for service, content in listed.items()}


def matching(known: dict[str, list[str]], pattern: str) -> list[str]:
    """The actions that a pattern matches."""
    service, _, action = pattern.lower().partition(":")
    form = re.compile(re.escape(action).replace(r"\*", ".*"))
    return [name for name in known.get(service, ()) if form.fullmatch(name)]


def test_a_misspelt_action_would_be_seen() -> None:
    known = actions_of_iam()
    assert matching(known, "ec2:CreateInternetGateway")
    assert not matching(known, "ec2:CreateInternetGatway")
    assert not matching(known, "sagemkaer:*")


def test_the_same_file_gives_the_same_bytes() -> None:
    assert [policy.text for policy in policies(scope(example()))] == [
        policy.text for policy in policies(scope(example()))
    ]


def test_names_say_for_whom_and_stay() -> None:
    """What is added elsewhere changes no name of another policy."""
    before = {policy.name for policy in made()}
    more = {**SCOPE.models, "dev": (*SCOPE.models["dev"], "arn:aws:bedrock:eu-west-1::foundation-model/a.b")}
    accounts = {**SCOPE.accounts, "prod": (*SCOPE.accounts["prod"], "000000000099")}
    assert {policy.name for policy in policies(replace(SCOPE, models=more, accounts=accounts))} == before


def test_what_is_added_binds_only_whom_it_is_about() -> None:
    texts = {policy.name: policy.text for policy in made()}
    more = {**SCOPE.models, "dev": (*SCOPE.models["dev"], "arn:aws:bedrock:eu-west-1::foundation-model/a.b")}
    changed = {p.name for p in policies(replace(SCOPE, models=more)) if p.text != texts[p.name]}
    assert changed == {"fmops-scp-dev-1"}


def test_targets_are_the_accounts_or_what_the_file_says() -> None:
    found = {policy.name: policy.targets for policy in made()}
    assert found["fmops-scp-prod-1"] == ("000000000024", "000000000034")
    assert len(found["fmops-scp-all-1"]) == 15
    units = {"all": ("ou-ab12-workload1",), "prod": ("ou-ab12-prodprod",)}
    found = {policy.name: policy.targets for policy in policies(replace(SCOPE, targets=units))}
    assert found["fmops-scp-all-1"] == found["fmops-rcp-all-1"] == found["fmops-ec2-all"] == units["all"]
    assert found["fmops-scp-prod-1"] == units["prod"]
    assert found["fmops-scp-preprod-1"] == ("000000000023", "000000000033")


def test_only_what_is_asked_for_is_declared() -> None:
    bare = replace(SCOPE, guardrails={}, blocks_public_access=False)
    declared = {policy.type: policy.content for policy in policies(bare) if policy.type not in ENGINE}
    assert set(declared) == {"DECLARATIVE_POLICY_EC2"}
    assert "vpc_block_public_access" not in declared["DECLARATIVE_POLICY_EC2"]["ec2_attributes"]
    everything = {policy.type: policy.content for policy in made() if policy.type not in ENGINE}
    attributes = everything["DECLARATIVE_POLICY_EC2"]["ec2_attributes"]
    assert attributes["vpc_block_public_access"] == {
        "internet_gateway_block": {
            "mode": {"@@assign": "block_bidirectional"},
            "exclusions_allowed": {"@@assign": "disabled"},
        }
    }
    inference = everything["BEDROCK_POLICY"]["bedrock"]["guardrail_inference"]
    assert set(inference) == {"eu-west-1"}
    (kept,) = inference["eu-west-1"].values()
    assert kept["identifier"] == {"@@assign": SCOPE.guardrails["eu-west-1"]}
    assert kept["selective_content_guarding"]["messages"] == {"@@assign": "comprehensive"}


DOORS = ("bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream")
GUARDED = {"bedrock:GuardrailIdentifier": "arn:aws:bedrock:eu-west-1:1:guardrail/a:1"}
EVERY_MODEL = sorted(
    {
        f"arn:aws:bedrock:{region}::foundation-model/{model.id}"
        for model in FAMILIES.values()
        for regions in model.geographies.values()
        for region in regions
    }
)
LINES = st.lists(
    st.builds(
        Allowed,
        st.sampled_from(sorted(FAMILIES)),
        st.sampled_from(["region", "geography"]),
        st.just("000000000024"),
        st.sampled_from(["eu-west-1", "us-east-1"]),
    ),
    max_size=3,
)


def asks(models: list[Allowed], extra: list[Allowed]) -> list[tuple[bool, bool]]:
    """(allowed before, allowed after) of every model by every door, when more models are listed."""
    before, after = (
        tuple(policies(replace(SCOPE, models={"prod": tuple(sorted({a for line in lines for a in line.models}))})))
        for lines in (models, [*models, *extra])
    )
    return [
        (allowed(ask, before), allowed(ask, after))
        for action in DOORS[:1]
        for resource in EVERY_MODEL
        for ask in [Ask(action, resource, GUARDED)]
    ]


@settings(max_examples=25, deadline=None)
@given(models=LINES, extra=LINES)
def test_a_model_more_never_denies_more(models: list[Allowed], extra: list[Allowed]) -> None:
    assert not [pair for pair in asks(models, extra) if pair == (True, False)]


def test_a_model_more_allows_more() -> None:
    """The twin: what never denies more could also never allow anything."""
    nova = Allowed("amazon.nova-micro", "geography", "000000000024", "eu-west-1")
    assert asks([], [nova]).count((False, True)) == len(nova.models)


def test_a_region_more_never_denies_more() -> None:
    regions = ("ap-south-1", "eu-west-1", "us-east-1")
    requests = [
        Ask(action, context={"aws:RequestedRegion": here})
        for action in ("s3:CreateBucket", "kms:CreateKey")
        for here in regions
    ]
    sets = [set(chosen) for size in range(1, 4) for chosen in combinations(regions, size)]
    lets = {
        frozenset(chosen): {
            str(ask) for ask in requests if allowed(ask, policies(replace(SCOPE, regions=tuple(sorted(chosen)))))
        }
        for chosen in sets
    }
    for fewer in sets:
        for more in sets:
            if fewer < more:
                assert lets[frozenset(fewer)] < lets[frozenset(more)]


def test_one_list_gives_the_same_models_to_all() -> None:
    """The team's policy, the endpoint's and the organisation's name the same ARNs."""
    foundation = example()
    for here in foundation.environments():
        lines = [
            Allowed(line.family, line.residency, here.account, here.region)
            for line in foundation.models
            if here.account_type in line.account_types
        ]
        if lines and here.home:
            endpoint = endpoint_policy(lines, organization_id="o", region=here.region, account=here.account)
            named = set(endpoint["Statement"][0]["Resource"])
            assert named <= set(SCOPE.models[here.account_type])
            (statement,) = (
                s
                for p in made()
                if p.audience == here.account_type
                for s in statements(p)
                if s["Sid"] == "ModelsListed"
            )
            assert named <= set(statement["NotResource"])
