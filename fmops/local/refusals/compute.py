"""Functions and networks: Lambda's limits and the role it takes; address ranges and how many networks there may be."""

import ipaddress
import json

from ministack import app
from ministack.services import ec2

from fmops.local import identity
from fmops.local.refusals.register import refuses
from fmops.local.registry import AwsError, Params

SECONDS, MEGABYTES, ENVIRONMENT, ARCHIVE = 900, 10240, 4096, 50 * 1024 * 1024
"""https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
NETWORKS = 5
"""Per region, https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html"""
_FUNCTION = ("lambda:CreateFunction", "lambda:UpdateFunctionConfiguration", "AWS::Lambda::Function")


@refuses(*_FUNCTION)
def limits(members: Params) -> None:
    for name, most in (("Timeout", SECONDS), ("MemorySize", MEGABYTES)):
        value = int(members.get(name) or 1)
        if value > most:
            member = name[0].lower() + name[1:]
            where = f"Value '{value}' at '{member}' failed to satisfy constraint"
            why = f"Member must have value less than or equal to {most}"
            raise AwsError("ValidationException", f"1 validation error detected: {where}: {why}")
    variables = (members.get("Environment") or {}).get("Variables") or {}
    if len(json.dumps(variables, separators=(",", ":"))) > ENVIRONMENT:
        what = "the environment variables you have provided exceeded the 4KB limit."
        raise AwsError(
            "InvalidParameterValueException",
            f"Lambda was unable to configure your environment variables because {what}",
        )


@refuses("lambda:CreateFunction", "lambda:UpdateFunctionCode")
def archive(members: Params) -> None:
    code = members.get("ZipFile") or (members.get("Code") or {}).get("ZipFile") or b""
    if len(code) > ARCHIVE:
        most = 70167211
        why = f"Request must be smaller than {most} bytes for the {'CreateFunction'} operation"
        raise AwsError("RequestEntityTooLargeException", why, 413)


@refuses(*_FUNCTION)
def role_of_a_function(members: Params) -> None:
    arn = str(members.get("Role") or "")
    if app.AUTH and ":role/" in arn and not identity.takes(arn, "lambda.amazonaws.com"):
        raise AwsError(
            "InvalidParameterValueException", "The role defined for the function cannot be assumed by Lambda."
        )


@refuses("ec2:CreateSubnet", "AWS::EC2::Subnet", only_new=True)
def subnet(members: Params) -> None:
    block, vpc = members.get("CidrBlock"), ec2._vpcs.get(members.get("VpcId"))
    if not block or not vpc:
        return
    wanted = ipaddress.ip_network(block, strict=False)
    if not wanted.subnet_of(ipaddress.ip_network(vpc["CidrBlock"])):  # type: ignore[arg-type]
        raise AwsError("InvalidSubnet.Range", f"The CIDR '{block}' is invalid.")
    for other in list(ec2._subnets.values()):
        if other["VpcId"] == members["VpcId"] and wanted.overlaps(ipaddress.ip_network(other["CidrBlock"])):
            raise AwsError("InvalidSubnet.Conflict", f"The CIDR '{block}' conflicts with another subnet")


@refuses("ec2:CreateVpc", "AWS::EC2::VPC", only_new=True)
def network_quota(_members: Params) -> None:
    if len(ec2._vpcs) >= NETWORKS:
        raise AwsError("VpcLimitExceeded", "The maximum number of VPCs has been reached.")
