"""What an opening is: a resource type, the setting that keeps it off the internet, and how it gets there otherwise."""

from dataclasses import dataclass

from fmops.verify.network.closed import Closed

OUT, IN = "the internet", "anybody on the internet"
RESOURCE_PAGES = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-"


@dataclass(frozen=True)
class Opening:
    """A resource type, what keeps it off the internet, and how it gets there otherwise.

    Attributes:
        type: the CloudFormation type.
        closed: asks a resource of the type.
        over: what lies between it and the internet.
        remedy: the setting that closes it.
        inwards: the internet reaches the resource, not the other way round.
    """

    type: str
    closed: Closed
    over: str
    remedy: str
    inwards: bool = False

    @property
    def source(self) -> str:
        """AWS's page of the type."""
        _, service, name = self.type.lower().split("::")
        return f"{RESOURCE_PAGES}{service}-{name}.html"


def runs(type: str, closed: Closed, remedy: str, over: str = "a network of AWS's with a way out") -> Opening:
    """A type whose own calls leave over the internet."""
    return Opening(type, closed, over, remedy)


def answers(type: str, closed: Closed, remedy: str, over: str = "a public endpoint") -> Opening:
    """A type that the internet reaches."""
    return Opening(type, closed, over, remedy, inwards=True)
