"""Private endpoints: which a network needs, what their policies say, and the names that lead to them."""

from fmops_constructs.endpoints.names import looked_up
from fmops_constructs.endpoints.policies import policy
from fmops_constructs.endpoints.regional import (
    CODEARTIFACT_OWNERS,
    dynamodb_prefix_list,
    s3_prefix_list,
)
from fmops_constructs.endpoints.table import FEATURES, TABLE, Endpoint, Feature, needed

__all__ = [
    "CODEARTIFACT_OWNERS",
    "FEATURES",
    "TABLE",
    "Endpoint",
    "Feature",
    "dynamodb_prefix_list",
    "looked_up",
    "needed",
    "policy",
    "s3_prefix_list",
]
