"""Rules for names: what a network may look up. A name that somebody else answers is a way out without a route."""

from collections.abc import Iterator, Mapping
from typing import Any

from fmops_constructs.checks.rule import Resource, Rule, each, must_be

EVERYTHING = "*"
RESOLVER = "AWS::Route53Resolver::"
FENCES = {
    f"{RESOLVER}FirewallRuleGroupAssociation": "VpcId",
    f"{RESOLVER}ResolverQueryLoggingConfigAssociation": "ResourceId",
}
"""What a network has of the kinds, and the property that names the network."""


def _unfenced(vpc: Resource) -> Iterator[str]:
    """A network without a firewall, or without a record of what it looks up."""
    for type_, names in FENCES.items():
        others = (Resource(name, vpc.template) for name in vpc.template.resources)
        if not any(other.type == type_ and _names(other.at(names), vpc.logical_id) for other in others):
            yield ""


def _names(value: Any, logical_id: str) -> bool:
    """Whether a value is a resource of the template: `{"Ref": …}` or an attribute of it."""
    if not isinstance(value, Mapping):
        return False
    return logical_id in (value.get("Ref"), *each(value.get("Fn::GetAtt"))[:1])


def _lets_others_through(group: Resource) -> Iterator[str]:
    """Some rule lets everything through, or none stops what no rule names."""
    rules = [rule for rule in each(group.at("FirewallRules")) if isinstance(rule, Mapping)]
    wide = [rule for rule in rules if EVERYTHING in _domains(group, rule)]
    stops = any(rule.get("Action") == "BLOCK" and not rule.get("Qtype") for rule in wide)
    if not stops or any(rule.get("Action") != "BLOCK" for rule in wide):
        yield "FirewallRules"


def _domains(group: Resource, rule: Mapping[str, Any]) -> list[Any]:
    """The domains of a rule's list, where the list is in the template."""
    for name in group.template.resources:
        listed = Resource(name, group.template)
        if listed.type == f"{RESOLVER}FirewallDomainList" and _names(rule.get("FirewallDomainListId"), name):
            return each(listed.at("Domains"))
    return []


RULES = (
    Rule(
        "Dns-Fenced",
        ("AWS::EC2::VPC",),
        _unfenced,
        why="What is asked of a name server reaches whoever answers for the name, and here nobody would see it.",
        source="R17, https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-dns-firewall-overview.html",
        remedy="Add fmops_constructs.dns.DnsFirewall and QueryLog for the network.",
    ),
    Rule(
        "Dns-OthersBlocked",
        (f"{RESOLVER}FirewallRuleGroup",),
        _lets_others_through,
        why="A name that no rule stops is looked up.",
        source="R17, https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-dns-firewall-overview.html",
        remedy='Allow lists of names, and block a list with "*" after them.',
    ),
    Rule(
        "Dns-InboundOnly",
        (f"{RESOLVER}ResolverEndpoint",),
        must_be("Direction", "INBOUND"),
        why="Lookups leave by the endpoint, for name servers that the firewall does not know.",
        source="R17, https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-overview-DSN-queries-to-vpc.html",
        remedy="Set Direction to INBOUND.",
    ),
)
