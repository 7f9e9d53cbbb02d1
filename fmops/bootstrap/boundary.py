"""The boundary of every role of the foundation: the most that it can do, whatever its policies say (R27).

The bootstrap makes it, not a stack: who deploys stacks makes roles under it, and can't change it.
"""

from fmops_constructs import names

from fmops.bootstrap.packing import Document, substituted

NEVER = (
    "bedrock-mantle:CallWithBearerToken",
    "bedrock:CallWithBearerToken",
    "ec2:AcceptVpcPeeringConnection",
    "ec2:AssociateAddress",
    "ec2:AttachInternetGateway",
    "ec2:CreateEgressOnlyInternetGateway",
    "ec2:CreateInternetGateway",
    "ec2:CreateNatGateway",
    "ec2:CreateRoute",
    "ec2:CreateVpcPeeringConnection",
    "ec2:ModifyVpcBlockPublicAccessOptions",
    "kms:ScheduleKeyDeletion",
    "s3:BypassGovernanceRetention",
    "s3:PutAccountPublicAccessBlock",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutObjectLegalHold",
    "s3:PutObjectRetention",
)
"""What no role of the foundation may do: open the network, use API keys, destroy keys."""
ADMINISTRATION = ("account:*", "iam:*", "organizations:*")
"""Of these, a role of the foundation reads and hands over roles of the foundation, and nothing else."""


def document() -> Document:
    """What the boundary says; it gives nothing by itself."""
    roles = substituted(f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:role{names.ROLE_PATH}*")
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "NotAction": list(ADMINISTRATION), "Resource": "*"},
            {"Effect": "Allow", "Action": ["iam:GetRole", "iam:PassRole"], "Resource": roles},
            {"Effect": "Deny", "Action": list(NEVER), "Resource": "*"},
        ],
    }
