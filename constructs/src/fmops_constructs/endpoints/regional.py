"""What AWS has in each region and CloudFormation cannot name: prefix lists of gateways, owners of AWS's buckets."""

CODEARTIFACT_OWNERS = {
    "ap-northeast-1": "660291247815",
    "ap-south-1": "681137435769",
    "ap-southeast-1": "421485864821",
    "ap-southeast-2": "860415559748",
    "eu-central-1": "769407342218",
    "eu-north-1": "611884512288",
    "eu-south-1": "484130244270",
    "eu-west-1": "438097961670",
    "eu-west-2": "247805302724",
    "eu-west-3": "762466490029",
    "us-east-1": "193858265520",
    "us-east-2": "250872398865",
    "us-west-2": "787052242323",
}
"""AWS's account that keeps CodeArtifact's files per region, wherever there is CodeArtifact.

https://docs.aws.amazon.com/codeartifact/latest/ug/create-s3-gateway-endpoint.html: npm's come from there, pip's don't.
"""

S3_PREFIX_LISTS = {
    "ap-northeast-1": "pl-61a54008",
    "ap-northeast-2": "pl-78a54011",
    "ap-south-1": "pl-78a54011",
    "ap-southeast-1": "pl-6fa54006",
    "ap-southeast-2": "pl-6ca54005",
    "eu-central-1": "pl-6ea54007",
    "eu-west-1": "pl-6da54004",
    "sa-east-1": "pl-6aa54003",
    "us-east-1": "pl-63a5400a",
    "us-east-2": "pl-7ba54012",
    "us-west-1": "pl-6ba54002",
    "us-west-2": "pl-68a54001",
}
"""S3's prefix list per region: constants of AWS (`aws ec2 describe-prefix-lists`) that CloudFormation cannot name."""

DYNAMODB_PREFIX_LISTS = {
    "ap-northeast-1": "pl-78a54011",
    "ap-south-1": "pl-66a7420f",
    "ap-southeast-1": "pl-67a5400e",
    "ap-southeast-2": "pl-62a5400b",
    "eu-central-1": "pl-66a5400f",
    "eu-west-1": "pl-6fa54006",
    "us-east-1": "pl-02cd2c6b",
    "us-east-2": "pl-4ca54025",
    "us-west-2": "pl-00a54069",
}
"""DynamoDB's prefix list per region."""


def s3_prefix_list(region: str) -> str:
    """S3's prefix list in a region.

    Raises:
        LookupError: it is not in `S3_PREFIX_LISTS` yet.
    """
    return _prefix_list("S3", S3_PREFIX_LISTS, region)


def dynamodb_prefix_list(region: str) -> str:
    """DynamoDB's prefix list in a region.

    Raises:
        LookupError: it is not in `DYNAMODB_PREFIX_LISTS` yet.
    """
    return _prefix_list("DynamoDB", DYNAMODB_PREFIX_LISTS, region)


def _prefix_list(service: str, lists: dict[str, str], region: str) -> str:
    if region not in lists:
        known = ", ".join(sorted(lists))
        raise LookupError(
            f"regions.home: {service}'s prefix list in {region} is not known, only those of {known}. "
            f"Add it to fmops_constructs/endpoints/regional.py: aws ec2 describe-prefix-lists --region {region}"
        )
    return lists[region]
