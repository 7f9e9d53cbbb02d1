"""Names as a way out: who is asked for them, and which may be asked for. A lookup needs no route."""

import ipaddress
from typing import Any

from fmops.verify.network.closed import Answer, worst
from fmops.verify.templates import Resource
from fmops.verify.values import Pointer, Unknown, World, many, options

EVERYTHING = "*"


def asks_inside(world: World, rule: Resource) -> Answer:
    """Whether a resolver's rule forwards to name servers with private addresses only."""
    answers: list[Answer] = []
    for target in many(world.get(rule, "TargetIps")):
        if isinstance(target, dict):
            answers += [_private(ip) for name in ("Ip", "Ipv6") for ip in options(target.get(name)) if ip is not None]
        else:
            answers.append(target if isinstance(target, Unknown) else Unknown(f"a target is {target}"))
    return worst(answers)


def _private(ip: Any) -> Answer:
    try:
        return ipaddress.ip_address(ip).is_private
    except ValueError:
        return ip if isinstance(ip, Unknown) else Unknown(f"a name server's address is {ip}")


def names_are_listed(world: World, group: Resource) -> Answer:
    """Whether a group of DNS Firewall's rules lets no list through that stands for every name."""
    answers: list[Answer] = []
    for rule in many(world.get(group, "FirewallRules")):
        if not isinstance(rule, dict):
            answers.append(rule if isinstance(rule, Unknown) else Unknown(f"a rule is {rule}"))
        elif rule.get("Action") == "ALLOW":
            answers += [_listed(world, one) for one in options(rule.get("FirewallDomainListId"))]
    return worst(answers)


def _listed(world: World, domains: Any) -> Answer:
    if not isinstance(domains, Pointer):
        return domains if isinstance(domains, Unknown) else Unknown(f"the list {domains} is in none of the templates")
    names = many(world.get(domains.resource, "Domains"))
    if EVERYTHING in names:
        return False
    return next((name for name in names if isinstance(name, Unknown)), True)
