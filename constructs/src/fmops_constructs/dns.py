"""What a network may look up, and the record of what it did: a name is a way out that needs no route."""

from collections.abc import Sequence

from aws_cdk import aws_logs as logs
from aws_cdk import aws_route53resolver as resolver

from constructs import Construct
from fmops_constructs import names

PRIORITY = 101
"""The firewall's place among those that others put on the network."""
TRUST, INSPECT = "TRUST_REDIRECTION_DOMAIN", "INSPECT_REDIRECTION_DOMAIN"
"""Whether a name that an allowed name leads on to is allowed too, or must be on the list itself."""
EVERYTHING = "*"

Rule = resolver.CfnFirewallRuleGroup.FirewallRuleProperty


class DnsFirewall(Construct):
    """Lets a network look up listed names, and answers of all others that they do not exist.

    It fails closed: while the firewall gives no answer, neither does the resolver. R17,
    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-dns-firewall-overview.html.

    Args:
        vpc_id: the network.
        aws: names of AWS's, as `endpoints.looked_up` gives them; `*.` at the start stands for all names below. Where
            they lead on, as a bucket's name does, is AWS's too.
        zones: the company's zones, each with all names below it. Where those lead on must be in a zone as well.
    """

    def __init__(
        self, scope: Construct, id: str, *, vpc_id: str, aws: Sequence[str], zones: Sequence[str] = ()
    ) -> None:
        super().__init__(scope, id)
        company = sorted(name for zone in zones for name in (zone, f"*.{zone}"))
        rules = [self._allow("Aws", 1, aws, TRUST)]
        if company:
            rules.append(self._allow("Company", 2, company, INSPECT))
        rules.append(
            Rule(
                action="BLOCK",
                block_response="NXDOMAIN",
                priority=100,
                firewall_domain_list_id=self._list("Others", [EVERYTHING]),
            )
        )
        group = resolver.CfnFirewallRuleGroup(self, "Rules", name=f"{names.PREFIX}-dns", firewall_rules=rules)
        resolver.CfnFirewallRuleGroupAssociation(
            self,
            "Network",
            name=f"{names.PREFIX}-dns",
            firewall_rule_group_id=group.attr_id,
            vpc_id=vpc_id,
            priority=PRIORITY,
        )

    def _allow(self, whose: str, priority: int, domains: Sequence[str], redirection: str) -> Rule:
        return Rule(
            action="ALLOW",
            priority=priority,
            firewall_domain_list_id=self._list(whose, domains),
            firewall_domain_redirection_action=redirection,
        )

    def _list(self, whose: str, domains: Sequence[str]) -> str:
        made = resolver.CfnFirewallDomainList(
            self, whose, name=f"{names.PREFIX}-{whose.lower()}", domains=list(domains)
        )
        return made.attr_id


class QueryLog(Construct):
    """Every name that a network looks up, what came of it, and what the firewall said, in a log group.

    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-query-logs.html: the service writes by a policy
    of the log groups that it sets itself.
    """

    def __init__(self, scope: Construct, id: str, *, vpc_id: str, group: logs.ILogGroup) -> None:
        super().__init__(scope, id)
        config = resolver.CfnResolverQueryLoggingConfig(
            self, "Config", name=f"{names.PREFIX}-dns", destination_arn=group.log_group_arn
        )
        resolver.CfnResolverQueryLoggingConfigAssociation(
            self, "Network", resolver_query_log_config_id=config.attr_id, resource_id=vpc_id
        )
