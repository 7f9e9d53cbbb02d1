"""No way out and none in: gateways, addresses, front doors, compute beside the network, joins to other networks."""

from fmops_constructs.organization.rule import DEPLOYERS, Rule, Statement, always, deny
from fmops_constructs.organization.scope import Scope

PUBLISHED = "https://github.com/aws-samples/data-perimeter-policy-examples (restrict_nonvpc_deployment_scp)"
EC2 = "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_examples_vpc.html"


def _joins(scope: Scope, _account_type: str) -> list[Statement]:
    return [
        deny(
            "directconnect:Create*",
            "ec2:AcceptTransitGatewayPeeringAttachment",
            "ec2:AcceptTransitGatewayVpcAttachment",
            "ec2:AcceptVpcPeeringConnection",
            "ec2:AttachVpnGateway",
            "ec2:CreateClientVpnEndpoint",
            "ec2:CreateCustomerGateway",
            "ec2:CreateTransitGateway*",
            "ec2:CreateVpcPeeringConnection",
            "ec2:CreateVpnConnection",
            "ec2:CreateVpnGateway",
            "ec2:DeleteVpcBlockPublicAccessExclusion",
            "ec2:ModifyVpcBlockPublicAccessOptions",
            "networkmanager:Create*",
            "route53resolver:DeleteFirewall*",
            "route53resolver:DisassociateFirewallRuleGroup",
            "route53resolver:UpdateFirewall*",
            unless=[*scope.administrators, DEPLOYERS],
        )
    ]


RULES = (
    Rule(
        "InternetGateways",
        "Internet, NAT, egress-only and carrier gateways, elastic addresses, default VPCs, exceptions to Block Public "
        "Access, accelerators",
        "No path to the internet can be made, by whoever and with whatever rights.",
        ("R12", "R16"),
        EC2,
        always(
            deny(
                "ec2:AllocateAddress",
                "ec2:AssociateAddress",
                "ec2:AttachInternetGateway",
                "ec2:CreateCarrierGateway",
                "ec2:CreateDefaultSubnet",
                "ec2:CreateDefaultVpc",
                "ec2:CreateEgressOnlyInternetGateway",
                "ec2:CreateInternetGateway",
                "ec2:CreateNatGateway",
                "ec2:CreateVpcBlockPublicAccessExclusion",
                "ec2:ModifyVpcBlockPublicAccessExclusion",
                "globalaccelerator:Create*",
                "lightsail:*",
            )
        ),
    ),
    Rule(
        "PublicAddresses",
        "Starting a machine with a public address",
        "A public address is half a path.",
        ("R12",),
        "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html",
        always(
            deny(
                "ec2:RunInstances",
                on="arn:aws:ec2:*:*:network-interface/*",
                when={"Bool": {"ec2:AssociatePublicIpAddress": "true"}},
            )
        ),
    ),
    Rule(
        "NetworkJoins",
        "Peering, transit gateways, VPNs, direct lines, DNS firewall and Block Public Access, but by a deployment",
        "Networks are joined by reviewed stacks, or by the landing zone.",
        ("R12", "R17"),
        EC2,
        _joins,
    ),
    Rule(
        "FrontDoors",
        "Function URLs, distributions, internet-facing load balancers, APIs that are not private",
        "Applications are reached by private endpoints only.",
        ("R12", "R86"),
        "https://docs.aws.amazon.com/apigateway/latest/developerguide/security_iam_id-based-policy-examples.html",
        always(
            deny(
                "amplify:CreateApp",
                "apprunner:CreateService",
                "cloudfront:CreateDistribution*",
                "lambda:CreateFunctionUrlConfig",
                "lambda:UpdateFunctionUrlConfig",
            ),
            deny(
                "elasticloadbalancing:CreateLoadBalancer",
                when={"StringEquals": {"elasticloadbalancing:Scheme": "internet-facing"}},
            ),
            deny(
                "apigateway:PATCH",
                "apigateway:POST",
                "apigateway:PUT",
                when={"ForAnyValue:StringEquals": {"apigateway:Request/EndpointType": ["EDGE", "REGIONAL"]}},
            ),
            deny("apigateway:POST", on="arn:aws:apigateway:*::/apis"),
        ),
    ),
    Rule(
        "OutsideNetwork",
        "Functions, builds, ETL jobs and shells without a VPC",
        "Compute outside a VPC is on the internet.",
        ("R12", "R46"),
        PUBLISHED,
        always(
            *(
                deny(*actions, when={"Null": {key: "true"}})
                for actions, key in (
                    (("cloudshell:CreateEnvironment",), "cloudshell:VpcIds"),
                    (("codebuild:CreateFleet", "codebuild:CreateProject"), "codebuild:vpcConfig"),
                    (("codebuild:UpdateFleet", "codebuild:UpdateProject"), "codebuild:vpcConfig"),
                    (("glue:CreateJob", "glue:UpdateJob"), "glue:VpcIds"),
                    (("lambda:CreateFunction", "lambda:UpdateFunctionConfiguration"), "lambda:VpcIds"),
                )
            )
        ),
    ),
)
